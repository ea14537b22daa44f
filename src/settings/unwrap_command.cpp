#include "settings/unwrap_command.hpp"

#include "outgoing/transit.hpp"

#include <sodium.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <span>
#include <spawn.h>
#include <sstream>
#include <sys/mman.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace secureauth::settings {
namespace {

using outgoing::UnwrapError;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostOutput = 4096;
constexpr std::chrono::milliseconds kLook{10};  // between looks whether the program has ended

[[noreturn]] void fail(const std::string& what, int code) {
  throw UnwrapError(what + ": " + std::generic_category().message(code));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int number() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

/// A file without a name that holds the ciphertext: the program may read it or not, nobody waits for it.
int input_of(std::string_view ciphertext) {
  const int file = ::memfd_create("ciphertext", MFD_CLOEXEC);
  if (file < 0) fail("no standard input for it", errno);
  const bool whole = ::write(file, ciphertext.data(), ciphertext.size()) == static_cast<ssize_t>(ciphertext.size());
  ::lseek(file, 0, SEEK_SET);
  if (!whole) {
    ::close(file);
    throw UnwrapError("no standard input for it");
  }
  return file;
}

/// How the program starts: its descriptors, signals as usual, a process group of its own.
class Start {
 public:
  Start(int input, int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes_);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigaddset(&signals, SIGPIPE);
    sigaddset(&signals, SIGXFSZ);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~Start() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Start(const Start&) = delete;
  Start& operator=(const Start&) = delete;

  pid_t operator()(const std::string& command) {
    std::vector<std::string> words;
    std::istringstream text(command);
    for (std::string word; text >> word;) words.push_back(word);
    const char* home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    std::vector<std::string> variables{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"};
    if (home != nullptr) variables.push_back(std::string("HOME=") + home);
    pid_t child = -1;
    const auto arguments = pointers(words);
    const auto environment = pointers(variables);
    const int code =
        posix_spawn(&child, words.front().c_str(), &actions_, &attributes_, arguments.data(), environment.data());
    if (code == ENOSYS || code == EPERM) throw UnwrapError("a service that has started runs no programs: restart it");
    if (code != 0) fail("it cannot be run", code);
    return child;
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (auto& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
  }

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// The program under way: whatever happens, it ends with this, and with it what it has started.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    ::kill(-pid_, SIGKILL);
    if (!ended_) ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Its wait status.
  int wait(Clock::time_point deadline) {
    int status = 0;
    while (::waitpid(pid_, &status, WNOHANG) == 0) {
      if (Clock::now() >= deadline) throw UnwrapError("it takes too long");
      std::this_thread::sleep_for(kLook);
    }
    ended_ = true;
    return status;
  }

 private:
  pid_t pid_;
  bool ended_ = false;
};

class Output {
 public:
  ~Output() { sodium_memzero(bytes_.data(), bytes_.size()); }

  void read_to_end(int from, Clock::time_point deadline) {
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      pollfd wait{.fd = from, .events = POLLIN, .revents = 0};
      if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) == 0) {
        throw UnwrapError("it takes too long");
      }
      const auto got = ::read(from, bytes_.data() + size_, bytes_.size() - size_);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail("its output cannot be read", errno);
      if (got == 0) return;
      size_ += static_cast<std::size_t>(got);
      if (size_ > kMostOutput) throw UnwrapError("it writes more than 4096 bytes");
    }
  }

  [[nodiscard]] crypto::SecretBytes secret() const {
    return crypto::SecretBytes(std::span<const std::byte>(bytes_.data(), size_));
  }

 private:
  std::array<std::byte, kMostOutput + 1> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace

crypto::SecretBytes unwrap_by_command(const std::string& command, std::string_view ciphertext,
                                      Clock::time_point deadline) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("no standard output for it", errno);
  const Descriptor from(ends[0]);
  Descriptor to(ends[1]);
  const Descriptor input(input_of(ciphertext));
  Child child(Start(input.number(), to.number())(command));
  to.close();
  Output output;
  output.read_to_end(from.number(), deadline);
  const int status = child.wait(deadline);
  if (WIFSIGNALED(status)) throw UnwrapError("it died of signal " + std::to_string(WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0) throw UnwrapError("it ended with status " + std::to_string(WEXITSTATUS(status)));
  auto secret = output.secret();
  if (secret.empty()) throw UnwrapError("it writes nothing");
  return secret;
}

}  // namespace secureauth::settings
