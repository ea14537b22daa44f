#include "process/landlock.hpp"

#include "core/temporary_folder_fixture.hpp"
#include "process/child_fixture.hpp"
#include "process/sandbox.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace secureauth::process {
namespace {

namespace fs = std::filesystem;

/// errno of an attempt; 0: it was let.
int opening(const fs::path& path, int flags = O_RDONLY) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (file < 0) return errno;
  ::close(file);
  return 0;
}

/// A listener on a free port of loopback.
class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_, 8), 0);
    socklen_t size = sizeof address_;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address_), &size);
  }
  ~Listener() { ::close(socket_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] std::uint16_t port() const { return ntohs(address_.sin_port); }
  /// errno of an attempt to connect.
  [[nodiscard]] int connecting() const {
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int failed = ::connect(client, reinterpret_cast<const sockaddr*>(&address_), sizeof address_);
    const int error = failed == 0 ? 0 : errno;
    ::close(client);
    return error;
  }

 private:
  int socket_;
  sockaddr_in address_{};
};

class LandlockTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_sandbox()) GTEST_SKIP() << "a build without a sandbox";
    if (Landlock::version() == 0) GTEST_SKIP() << "the kernel has no Landlock, or it is turned off";
    for (const auto* folder : {"data", "read", "elsewhere"}) {
      fs::create_directory(home_.path() / folder);
      std::ofstream(home_.path() / folder / "file") << "text";
    }
  }

  /// The exit status of `attempt` where data may be written and read be read: an errno, or 0.
  template <class Attempt>
  int within(Attempt attempt, Landlock::Limits limits = {}, std::uint16_t port = 0) {
    const auto status = in_child([&] {
      ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      Landlock landlock(Landlock::version(), limits);
      landlock.allow_reading(home_.path() / "read");
      landlock.allow_reading(home_.path() / "not there");
      landlock.allow_writing(home_.path() / "data");
      if (port != 0) landlock.allow_connecting(port);
      landlock.enter();
      return attempt();
    });
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  TemporaryFolder home_;
};

TEST_F(LandlockTest, WhatIsAllowedIsAsBefore) {
  EXPECT_EQ(within([this] { return opening(home_.path() / "read" / "file"); }), 0);
  EXPECT_EQ(within([this] { return opening(home_.path() / "data" / "file", O_RDWR | O_TRUNC); }), 0);
  EXPECT_EQ(within([this] { return opening(home_.path() / "data" / "new", O_RDWR | O_CREAT | O_EXCL); }), 0);
  EXPECT_EQ(within([this] {
              const auto& from = home_.path() / "data" / "new";
              return ::rename(from.c_str(), (home_.path() / "data" / "renamed").c_str()) == 0 ? 0 : errno;
            }),
            0);
  EXPECT_EQ(within([this] { return ::unlink((home_.path() / "data" / "renamed").c_str()) == 0 ? 0 : errno; }), 0);
}

// ASVS 13.2.2: least privilege. Each is let without the rules: the file is there, and the test may be root.
TEST_F(LandlockTest, EverythingElseIsOutOfReach) {
  EXPECT_EQ(within([this] { return opening(home_.path() / "elsewhere" / "file"); }), EACCES);
  EXPECT_EQ(within([] { return opening("/etc/passwd"); }), EACCES);
  EXPECT_EQ(within([this] { return opening(home_.path() / "read" / "file", O_WRONLY); }), EACCES);
  EXPECT_EQ(within([this] { return opening(home_.path() / "read" / "new", O_WRONLY | O_CREAT); }), EACCES);
  EXPECT_EQ(within([this] { return ::unlink((home_.path() / "read" / "file").c_str()) == 0 ? 0 : errno; }), EACCES);
  EXPECT_EQ(within([this] { return ::mkdir((home_.path() / "data" / "folder").c_str(), 0700) == 0 ? 0 : errno; }),
            EACCES);
  EXPECT_EQ(
      within([this] { return ::symlink("/etc/passwd", (home_.path() / "data" / "link").c_str()) == 0 ? 0 : errno; }),
      EACCES);
}

TEST_F(LandlockTest, NoProgramIsRun) {
  EXPECT_EQ(within([] {
              std::array<char, 10> name{"/bin/true"};
              std::array<char*, 2> arguments{name.data(), nullptr};
              ::execv(name.data(), arguments.data());
              return errno;
            }),
            EACCES);
}

TEST_F(LandlockTest, OnlyNamedPortsAreConnectedTo) {  // ASVS 13.2.4, 13.2.5
  if (Landlock::version() < 4) GTEST_SKIP() << "the kernel's Landlock knows no ports";
  const Listener named;
  const Listener other;
  const auto port = named.port();
  EXPECT_EQ(within([&] { return named.connecting(); }, {.ports = true}, port), 0);
  EXPECT_EQ(within([&] { return other.connecting(); }, {.ports = true}, port), EACCES);
  EXPECT_EQ(within([&] { return other.connecting(); }, {.ports = false}), 0) << "where ports are not limited";
}

TEST_F(LandlockTest, NoAbstractSocketBeyondIsConnectedTo) {  // ASVS 13.2.4
  if (Landlock::version() < 6) GTEST_SKIP() << "the kernel's Landlock knows no abstract sockets";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto name = "secureauth test " + std::to_string(::getpid());
  std::ranges::copy(name, address.sun_path + 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  const auto* where = reinterpret_cast<const sockaddr*>(&address);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(listener, where, size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  const auto connecting = [&] {
    const int client = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return ::connect(client, where, size) == 0 ? 0 : errno;
  };
  EXPECT_EQ(within(connecting), EPERM);
  EXPECT_EQ(within(connecting, {.abstract_sockets = false}), 0) << "where a peer has one";
  ::close(listener);
}

TEST_F(LandlockTest, NoProcessBeyondGetsASignal) {
  if (Landlock::version() < 6) GTEST_SKIP() << "the kernel's Landlock knows no signals";
  const auto parent = ::getpid();
  EXPECT_EQ(within([=] { return ::kill(parent, 0) == 0 ? 0 : errno; }), EPERM);
  EXPECT_EQ(within([] { return ::kill(::getpid(), 0) == 0 ? 0 : errno; }), 0);
}

}  // namespace
}  // namespace secureauth::process
