#include "process/file_limit.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <sys/resource.h>

namespace secureauth::process {
namespace {

constexpr std::size_t kFewestConnections = 16;
constexpr std::size_t kFiles = 64;            // streams, SQLite with its journals, mail, lists, what libraries open
constexpr std::size_t kOfANetworkThread = 8;  // epoll, wake-up, timers, acceptor, and one client to be turned away
constexpr std::size_t kRedisOfAThread = 16;   // a link to each master, and to the sentinels while one is looked for

std::size_t files_beside_connections(const settings::Config& config) {
  const std::size_t threads = config.io_threads;
  const auto database = config.postgres_url.empty() ? 0 : std::max(config.database_pool_size, 2 * threads);
  const auto redis = config.redis_url.empty() ? 0 : kRedisOfAThread * threads;
  return kFiles + kOfANetworkThread * threads + database + redis;
}

}  // namespace

std::size_t raise_file_limit() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return kFiles;
  const auto former = files.rlim_cur;
  files.rlim_cur = files.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_max : former;
}

std::size_t connections_within(std::size_t open_files, const settings::Config& config) {
  const auto beside = files_beside_connections(config);
  if (open_files < beside + kFewestConnections) {
    throw std::runtime_error("the limit of open files (ulimit -Hn) is " + std::to_string(open_files) +
                             ": with these settings it must be at least " +
                             std::to_string(beside + kFewestConnections));
  }
  return std::min(config.http_max_connections, open_files - beside);
}

}  // namespace secureauth::process
