#include "process/syscall_filter.hpp"

#include "process/child_fixture.hpp"
#include "process/sandbox.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <netdb.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thread>

namespace secureauth::process {
namespace {

class SyscallFilterTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_sandbox()) GTEST_SKIP() << "a build without a sandbox";
  }

  template <class Attempt>
  static int status_of(Attempt attempt) {
    return in_child([&] {
      filter_system_calls();
      return attempt();
    });
  }

  /// The errno that an attempt ends with under the filter; 0: it was let. -1: the process died.
  template <class Attempt>
  static int within(Attempt attempt) {
    const auto status = status_of([&] { return attempt() >= 0 ? 0 : errno; });
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  template <class Attempt>
  static bool ends_process(Attempt attempt) {
    return died_of(status_of([&] {
                     attempt();
                     return 0;
                   }),
                   SIGSYS);
  }
};

// ASVS 13.2.2: what only an intruder does ends the process before it is done.
TEST_F(SyscallFilterTest, RunningAProgramEndsTheProcess) {
  EXPECT_TRUE(ends_process([] {
    std::array<char, 10> name{"/bin/true"};
    std::array<char*, 2> arguments{name.data(), nullptr};
    ::execv(name.data(), arguments.data());
  }));
  EXPECT_TRUE(ends_process([] { ::syscall(SYS_execveat, -1, "/bin/true", nullptr, nullptr, 0); }));
}

TEST_F(SyscallFilterTest, SoDoTracingMountingLoadingAndBecomingSomebodyElse) {
  EXPECT_TRUE(ends_process([] { ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }));
  for (const long call : {SYS_process_vm_readv,
                          SYS_process_vm_writev,
                          SYS_mount,
                          SYS_umount2,
                          SYS_pivot_root,
                          SYS_chroot,
                          SYS_setns,
                          SYS_unshare,
                          SYS_bpf,
                          SYS_perf_event_open,
                          SYS_userfaultfd,
                          SYS_init_module,
                          SYS_finit_module,
                          SYS_delete_module,
                          SYS_kexec_load,
                          SYS_reboot,
                          SYS_swapon,
                          SYS_setuid,
                          SYS_setgid,
                          SYS_setresuid,
                          SYS_setresgid,
                          SYS_setgroups,
                          SYS_capset,
                          SYS_io_uring_setup,
                          SYS_io_uring_enter,
                          SYS_pidfd_getfd,
                          SYS_open_by_handle_at,
                          SYS_clock_settime}) {
    EXPECT_TRUE(ends_process([=] { ::syscall(call, 0, 0, 0, 0, 0, 0); })) << "call " << call;
  }
}

TEST_F(SyscallFilterTest, OthersAreAnsweredAsByAKernelWithoutThem) {
  EXPECT_EQ(within([] { return ::syscall(SYS_keyctl, 0, 0, 0, 0, 0); }), ENOSYS);
  EXPECT_EQ(within([] { return ::syscall(SYS_personality, 0xffffffff); }), ENOSYS);
  EXPECT_EQ(within([] { return ::syscall(SYS_clone3, nullptr, 0); }), ENOSYS);
  EXPECT_EQ(within([] { return ::syscall(SYS_memfd_create, "x", 0); }), ENOSYS);
  EXPECT_EQ(within([] { return ::syscall(SYS_mknodat, -1, "x", 0, 0); }), ENOSYS);
  EXPECT_EQ(within([] { return ::syscall(999); }), ENOSYS) << "one that is to come";
}

TEST_F(SyscallFilterTest, ThreadsStartButNoProcess) {
  EXPECT_EQ(within([] { return ::fork(); }), ENOSYS);
  EXPECT_EQ(within([] {
              int ran = -1;
              std::thread([&ran] { ran = 0; }).join();
              return ran;
            }),
            0);
}

TEST_F(SyscallFilterTest, OnlySocketsOfTheInternetAndThisMachineAreMade) {
  for (const int family : {AF_INET, AF_INET6, AF_UNIX}) {
    EXPECT_EQ(within([=] { return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }), 0) << family;
    EXPECT_EQ(within([=] { return ::socket(family, SOCK_DGRAM, 0); }), 0) << family;
  }
  EXPECT_EQ(within([] { return ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE); }), 0);
  EXPECT_EQ(within([] { return ::socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT); }), ENOSYS);
  EXPECT_EQ(within([] { return ::socket(AF_PACKET, SOCK_RAW, 0); }), ENOSYS);
  EXPECT_EQ(within([] { return ::socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); }), ENOSYS);
  constexpr int kMptcp = 262;  // whose ports Landlock does not know
  EXPECT_EQ(within([] { return ::socket(AF_INET, SOCK_STREAM, kMptcp); }), ENOSYS);
  EXPECT_EQ(within([] { return ::socket(AF_INET, SOCK_STREAM, IPPROTO_TCP); }), 0);
  for (const int family : {AF_ALG, AF_VSOCK, AF_KEY, AF_BLUETOOTH}) {
    EXPECT_EQ(within([=] { return ::socket(family, SOCK_STREAM, 0); }), ENOSYS) << family;
  }
}

// Landlock sees connect(), not what is sent with it in one.
TEST_F(SyscallFilterTest, NothingIsSentBeforeItIsConnected) {
  const auto sending = [](int flags) {
    std::array<int, 2> ends{};
    ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data());
    iovec part{.iov_base = ends.data(), .iov_len = 1};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    return ::sendmsg(ends[0], &message, flags) < 0 || ::sendto(ends[0], "x", 1, flags, nullptr, 0) < 0 ? -1 : 0;
  };
  EXPECT_EQ(within([=] { return sending(MSG_NOSIGNAL); }), 0);
  EXPECT_EQ(within([=] { return sending(MSG_FASTOPEN); }), ENOSYS);
}

TEST_F(SyscallFilterTest, NothingListensAnew) {
  EXPECT_EQ(within([] { return ::listen(::socket(AF_INET, SOCK_STREAM, 0), 1); }), ENOSYS);
}

TEST_F(SyscallFilterTest, NoPageIsWrittenAndRun) {
  const auto map = [](int protection) {
    auto* const page = ::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? -1 : 0;
  };
  EXPECT_EQ(within([=] { return map(PROT_READ | PROT_WRITE); }), 0);
  EXPECT_EQ(within([=] { return map(PROT_READ | PROT_WRITE | PROT_EXEC); }), ENOSYS);
  EXPECT_EQ(within([=] { return map(PROT_READ | PROT_EXEC); }), ENOSYS);
  EXPECT_EQ(within([] {
              auto* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return ::mprotect(page, 4096, PROT_READ | PROT_EXEC);
            }),
            ENOSYS);
}

TEST_F(SyscallFilterTest, SignalsAndLimitsAreItsOwn) {
  const auto parent = ::getpid();
  EXPECT_EQ(within([=] { return ::kill(parent, 0); }), ENOSYS);
  EXPECT_EQ(within([] { return ::kill(::getpid(), 0); }), 0);
  EXPECT_EQ(within([=] { return ::prlimit(parent, RLIMIT_CORE, nullptr, nullptr); }), ENOSYS);
  EXPECT_EQ(within([] {
              rlimit limit{};
              return ::getrlimit(RLIMIT_NOFILE, &limit);
            }),
            0);
  EXPECT_TRUE(died_of(status_of([] {
                        ::abort();
                        return 0;
                      }),
                      SIGABRT))
      << "a fault of its own ends it as ever";
}

TEST_F(SyscallFilterTest, TerminalsAndDumpingStayAsTheyAre) {
  constexpr char kTyped = 'x';
  EXPECT_EQ(within([=] { return ::ioctl(STDIN_FILENO, TIOCSTI, &kTyped); }), ENOSYS);
  EXPECT_EQ(within([] { return ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }), ENOSYS);
  EXPECT_EQ(within([] { return ::prctl(PR_SET_NAME, "worker", 0, 0, 0); }), 0);
}

TEST_F(SyscallFilterTest, ThreadsThatRanBeforeAreInItToo) {
  EXPECT_TRUE(died_of(in_child([] {
                        std::atomic<bool> filtered = false;
                        std::thread before([&filtered] {
                          filtered.wait(false);
                          ::syscall(SYS_chroot, "/");
                        });
                        filter_system_calls();
                        filtered = true;
                        filtered.notify_all();
                        before.join();
                        return 0;
                      }),
                      SIGSYS));
}

TEST_F(SyscallFilterTest, TheResolverStillWorks) {
  EXPECT_EQ(within([] {
              addrinfo* found = nullptr;
              if (::getaddrinfo("localhost", "80", nullptr, &found) != 0) return -1;
              ::freeaddrinfo(found);
              return 0;
            }),
            0);
}

}  // namespace
}  // namespace secureauth::process
