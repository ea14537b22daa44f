#include "http/server.hpp"

#include "http/worker.hpp"

#include <stdexcept>

namespace secureauth::http {
namespace {

using net::ip::tcp;

/// With SO_REUSEPORT a second process of the same user could share the port unseen and steal half of the requests:
/// binding once without it finds any other listener.
void refuse_a_taken_port(const tcp::endpoint& endpoint) {
  net::io_context context;
  tcp::acceptor probe(context);
  probe.open(endpoint.protocol());
  probe.set_option(tcp::acceptor::reuse_address(true));
  probe.bind(endpoint);
  probe.listen();
}

}  // namespace

Server::Server(ServerOptions options, Dispatcher dispatcher, Wire wire)
    : shared_(std::make_shared<ServerShared>(std::move(options), std::move(dispatcher), std::move(wire))) {
  for (unsigned i = 0; i < shared_->options.threads; ++i) workers_.push_back(std::make_unique<Worker>(shared_, i));
}

Server::~Server() {
  stop();
}

void Server::listen(const std::vector<int>& passed) {
  const auto& options = shared_->options;
  try {
    const tcp::endpoint endpoint(net::ip::make_address(options.listen_address), options.port);
    // Every thread watches one of those passed, or a share of one.
    for (std::size_t i = 0; i < workers_.size() && !passed.empty(); ++i) {
      workers_[i]->adopt(endpoint.protocol(), passed[i % passed.size()]);
    }
    if (!passed.empty()) return;
    if (!options.reuse_port) refuse_a_taken_port(endpoint);
    for (auto& worker : workers_) worker->listen(endpoint, options.reuse_port || workers_.size() > 1);
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("cannot listen on " + options.listen_address + " port " + std::to_string(options.port) +
                             ": " + error.code().message());
  }
}

void Server::start() {
  for (auto& worker : workers_) threads_.emplace_back([&worker] { worker->run(); });
}

void Server::leave() {
  shared_->leaving = true;
}

void Server::stop() {
  shared_->leaving = true;
  shared_->draining = true;
  const auto grace_ends = std::chrono::steady_clock::now() + shared_->options.shutdown_grace;
  for (auto& worker : workers_) worker->stop(grace_ends);
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

net::io_context& Server::context() {
  return workers_.front()->context();
}

std::vector<net::io_context*> Server::contexts() {
  std::vector<net::io_context*> all;
  for (auto& worker : workers_) all.push_back(&worker->context());
  return all;
}

}  // namespace secureauth::http
