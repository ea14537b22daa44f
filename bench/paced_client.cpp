// Asks at a fixed pace and notes how long each answer took. wrk asks as fast as it is answered, so it measures a queue
// of its own making; this client shows what a caller waits at a bearable rate.
// Usage: paced_client PORT HOST_HEADER COOKIE PER_SECOND CONNECTIONS SECONDS
// Prints one JSON line: requests, failures (no answer, or not 200), and p50, p99 and the greatest latency in
// microseconds. A latency runs from the time the request was due, so that a late answer also counts against the
// requests it held up ("coordinated omission").

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <chrono>
#include <iostream>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Tally {
  std::vector<double> latencies_us;
  unsigned long failures = 0;
};

/// One keep-alive connection to 127.0.0.1, blocking, with a deadline of five seconds an answer.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    const timeval patience{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    open_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Sends `request` and reads the whole answer. False: no answer in time, or not a 200.
  bool ask(std::string_view request) {
    if (!open_ ||
        ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
      return open_ = false;
    }
    std::string answer;
    while (!is_whole(answer)) {
      std::array<char, 4096> chunk;
      const auto got = ::recv(socket_, chunk.data(), chunk.size(), 0);
      if (got <= 0) return open_ = false;
      answer.append(chunk.data(), static_cast<std::size_t>(got));
    }
    return answer.starts_with("HTTP/1.1 200 ");
  }

 private:
  static bool is_whole(std::string_view answer) {
    constexpr std::string_view kLength = "\r\nContent-Length: ";
    const auto head = answer.find("\r\n\r\n");
    const auto field = answer.find(kLength);
    if (head == std::string_view::npos || field > head) return false;
    std::size_t body = 0;
    std::from_chars(answer.data() + field + kLength.size(), answer.data() + head, body);
    return answer.size() >= head + 4 + body;
  }

  int socket_;
  bool open_ = false;
};

Tally ask_in_pace(std::uint16_t port, const std::string& request, Clock::time_point first, Clock::duration pause,
                  Clock::time_point end) {
  ::prctl(PR_SET_TIMERSLACK, 1UL);  // nanoseconds: wake when due, not up to 50 µs later
  Connection connection(port);
  Tally tally;
  for (auto due = first; due < end; due += pause) {
    std::this_thread::sleep_until(due);
    if (!connection.ask(request)) {
      ++tally.failures;
      continue;
    }
    tally.latencies_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - due).count());
  }
  return tally;
}

double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

void print(Tally all) {
  std::ranges::sort(all.latencies_us);
  std::cout << "{\"requests\": " << all.latencies_us.size() + all.failures << ", \"failures\": " << all.failures
            << ", \"p50_us\": " << percentile(all.latencies_us, 0.5)
            << ", \"p99_us\": " << percentile(all.latencies_us, 0.99)
            << ", \"max_us\": " << percentile(all.latencies_us, 1) << "}\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() != 6) {
    std::cerr << "usage: paced_client PORT HOST_HEADER COOKIE PER_SECOND CONNECTIONS SECONDS\n";
    return 2;
  }
  const auto port = static_cast<std::uint16_t>(std::stoul(arguments[0]));
  const std::string request =
      "GET /auth/me HTTP/1.1\r\nHost: " + arguments[1] + "\r\nCookie: " + arguments[2] + "\r\n\r\n";
  const auto connections = std::stoul(arguments[4]);
  const auto step = Clock::duration(std::chrono::seconds(1)) / std::stol(arguments[3]);
  const auto start = Clock::now() + std::chrono::milliseconds(50);
  const auto end = start + std::chrono::seconds(std::stol(arguments[5]));

  std::vector<Tally> tallies(connections);
  {
    std::vector<std::jthread> askers;
    for (std::size_t i = 0; i < connections; ++i) {
      askers.emplace_back([&, i] {  // evenly staggered, so that the requests come singly
        const auto turn = static_cast<Clock::duration::rep>(i);
        tallies[i] = ask_in_pace(port, request, start + step * turn, step * static_cast<long>(connections), end);
      });
    }
  }
  Tally all;
  for (const auto& tally : tallies) {
    all.latencies_us.insert(all.latencies_us.end(), tally.latencies_us.begin(), tally.latencies_us.end());
    all.failures += tally.failures;
  }
  print(std::move(all));
}
