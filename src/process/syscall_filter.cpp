#include "process/syscall_filter.hpp"

#include <array>
#include <linux/sockios.h>
#include <memory>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <system_error>
#include <termios.h>
#include <unistd.h>
#include <utility>

namespace secureauth::process {
namespace {

/// What a started service, its libraries and libc do, whatever the arguments. A name that this architecture or this
/// libseccomp does not know is passed over. Landlock says which files; here it is only what is done with one.
constexpr std::array kAllowed{
    // files
    "access", "chmod", "close", "close_range", "dup", "dup2", "dup3", "faccessat", "faccessat2", "fadvise64",
    "fallocate", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchown32", "fcntl", "fcntl64", "fdatasync", "flock",
    "fstat", "fstat64", "fstatat64", "fstatfs", "fstatfs64", "fsync", "ftruncate", "ftruncate64", "getcwd", "getdents",
    "getdents64", "link", "linkat", "lseek", "_llseek", "lstat", "lstat64", "newfstatat", "open", "openat", "openat2",
    "pipe", "pipe2", "pread64", "preadv", "preadv2", "pwrite64", "pwritev", "pwritev2", "read", "readlink",
    "readlinkat", "readv", "rename", "renameat", "renameat2", "stat", "stat64", "statfs", "statfs64", "statx", "umask",
    "unlink", "unlinkat", "utimensat", "write", "writev",
    // memory
    "brk", "madvise", "membarrier", "mincore", "mlock", "mlock2", "mlockall", "mremap", "msync", "munlock",
    "munlockall", "munmap",
    // threads, and waiting
    "exit", "exit_group", "futex", "futex_time64", "futex_wait", "futex_waitv", "futex_wake", "get_robust_list",
    "getcpu", "gettid", "restart_syscall", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn",
    "rt_sigsuspend", "rt_sigtimedwait", "rt_sigtimedwait_time64", "sched_get_priority_max", "sched_get_priority_min",
    "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_yield", "set_robust_list", "set_tid_address",
    "sigaltstack", "sigreturn", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2",
    "epoll_wait", "eventfd", "eventfd2", "poll", "ppoll", "ppoll_time64", "pselect6", "pselect6_time64", "select",
    "signalfd4", "timerfd_create", "timerfd_gettime", "timerfd_gettime64", "timerfd_settime", "timerfd_settime64",
    // time
    "clock_getres", "clock_getres_time64", "clock_gettime", "clock_gettime64", "clock_nanosleep",
    "clock_nanosleep_time64", "gettimeofday", "nanosleep", "time", "times",
    // the network: which sockets may be made is below, and `listen` is missing
    "accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt", "recv", "recvfrom", "recvmmsg",
    "recvmmsg_time64", "recvmsg", "setsockopt", "shutdown",
    // who and where one is
    "getegid", "getegid32", "geteuid", "geteuid32", "getgid", "getgid32", "getgroups", "getgroups32", "getpid",
    "getppid", "getrandom", "getresgid", "getresuid", "getrlimit", "getrusage", "getuid", "getuid32", "sysinfo",
    "ugetrlimit", "uname"};

/// What the service never does and an intruder would: the process ends before it is done.
constexpr std::array kDeadly{"execve",
                             "execveat",
                             "ptrace",
                             "process_vm_readv",
                             "process_vm_writev",
                             "pidfd_getfd",
                             "mount",
                             "umount",
                             "umount2",
                             "mount_setattr",
                             "move_mount",
                             "open_tree",
                             "fsopen",
                             "fsconfig",
                             "fsmount",
                             "fspick",
                             "pivot_root",
                             "chroot",
                             "setns",
                             "unshare",
                             "open_by_handle_at",
                             "fanotify_init",
                             "bpf",
                             "perf_event_open",
                             "userfaultfd",
                             "init_module",
                             "finit_module",
                             "delete_module",
                             "kexec_load",
                             "kexec_file_load",
                             "reboot",
                             "swapon",
                             "swapoff",
                             "acct",
                             "syslog",
                             "iopl",
                             "ioperm",
                             "modify_ldt",
                             "setuid",
                             "setuid32",
                             "setgid",
                             "setgid32",
                             "setreuid",
                             "setreuid32",
                             "setregid",
                             "setregid32",
                             "setresuid",
                             "setresuid32",
                             "setresgid",
                             "setresgid32",
                             "setfsuid",
                             "setfsuid32",
                             "setfsgid",
                             "setfsgid32",
                             "setgroups",
                             "setgroups32",
                             "capset",
                             "settimeofday",
                             "clock_settime",
                             "clock_settime64",
                             "clock_adjtime",
                             "adjtimex",
                             "sethostname",
                             "setdomainname",
                             "io_uring_setup",
                             "io_uring_enter",
                             "io_uring_register"};

[[noreturn]] void fail(const std::string& what, int code) {
  throw std::system_error(-code, std::generic_category(), "seccomp: " + what);
}

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), &seccomp_release) {
    if (!context_) fail("no filter", -ENOMEM);
    set(SCMP_FLTATR_CTL_TSYNC, 1, "not for all threads");
    set(SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS, "not for calls of another architecture");
    (void)seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);  // for speed, where libseccomp can
  }

  void allow(const char* call) { add(SCMP_ACT_ALLOW, call, {}); }
  void allow(const char* call, std::initializer_list<scmp_arg_cmp> where) { add(SCMP_ACT_ALLOW, call, where); }
  void end_process_on(const char* call) { add(SCMP_ACT_KILL_PROCESS, call, {}); }

  void load() {
    if (const int code = seccomp_load(context_.get()); code != 0) fail("not loaded", code);
  }

 private:
  void set(scmp_filter_attr attribute, std::uint32_t value, const char* why) {
    if (const int code = seccomp_attr_set(context_.get(), attribute, value); code != 0) fail(why, code);
  }

  void add(std::uint32_t action, const char* call, std::initializer_list<scmp_arg_cmp> where) {
    const int number = seccomp_syscall_resolve_name(call);
    if (number == __NR_SCMP_ERROR) return;
    const int code =
        seccomp_rule_add_array(context_.get(), action, number, static_cast<unsigned>(where.size()), where.begin());
    if (code != 0) fail(std::string("no rule for ") + call, code);
  }

  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
};

constexpr scmp_arg_cmp argument(unsigned index, scmp_compare compare, std::uint64_t a, std::uint64_t b = 0) {
  return {.arg = index, .op = compare, .datum_a = a, .datum_b = b};
}

/// TCP, UDP and the sockets of this machine; NETLINK_ROUTE, by which libc's resolver learns the machine's addresses.
/// Landlock knows ports of TCP alone: no other protocol of streams (MPTCP, SCTP) is left, nor sending that connects.
void allow_sockets(Filter& filter) {
  constexpr std::uint64_t kKind = 0xf;  // beside SOCK_CLOEXEC and SOCK_NONBLOCK
  constexpr std::array kProtocols{std::pair{SOCK_STREAM, IPPROTO_TCP}, std::pair{SOCK_DGRAM, IPPROTO_UDP}};
  for (const std::uint64_t family : {AF_INET, AF_INET6, AF_UNIX}) {
    for (const auto& [kind, own] : kProtocols) {
      for (const int protocol : {0, static_cast<int>(own)}) {
        if (family == AF_UNIX && protocol != 0) continue;
        filter.allow("socket", {argument(0, SCMP_CMP_EQ, family),
                                argument(1, SCMP_CMP_MASKED_EQ, kKind, static_cast<std::uint64_t>(kind)),
                                argument(2, SCMP_CMP_EQ, static_cast<std::uint64_t>(protocol))});
      }
    }
  }
  filter.allow("socket", {argument(0, SCMP_CMP_EQ, AF_NETLINK), argument(2, SCMP_CMP_EQ, 0)});
  filter.allow("socketpair", {argument(0, SCMP_CMP_EQ, AF_UNIX)});
  for (const auto& [call, flags] :
       {std::pair{"send", 3U}, std::pair{"sendto", 3U}, std::pair{"sendmsg", 2U}, std::pair{"sendmmsg", 3U}}) {
    filter.allow(call, {argument(flags, SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0)});
  }
}

/// No page is both written and run, and none becomes one to run: libraries that libc loads late are mapped as they
/// stand in their file.
void allow_memory(Filter& filter) {
  for (const auto* call : {"mmap", "mmap2"}) {
    filter.allow(call, {argument(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)});
    filter.allow(call, {argument(2, SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC),
                        argument(3, SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, 0)});
  }
  filter.allow("mprotect", {argument(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)});
}

/// Threads, but no process: clone3, whose flags no filter sees, is not there, and libc falls back on clone.
void allow_threads(Filter& filter) {
  constexpr std::uint64_t kThread = CLONE_THREAD | CLONE_VM | CLONE_SIGHAND;
  constexpr std::uint64_t kNamespaces =
      CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP;
  filter.allow("clone", {argument(0, SCMP_CMP_MASKED_EQ, kThread | kNamespaces, kThread)});
  const auto self = static_cast<std::uint64_t>(::getpid());
  for (const auto* call : {"tgkill", "kill", "rt_tgsigqueueinfo"}) {
    filter.allow(call, {argument(0, SCMP_CMP_EQ, self)});
  }
  // Hashing threads make themselves less important.
  filter.allow("setpriority", {argument(0, SCMP_CMP_EQ, PRIO_PROCESS), argument(1, SCMP_CMP_EQ, 0)});
  // The limits of this process alone: as they are, and with new ones only for itself.
  for (const std::uint64_t process : {std::uint64_t{0}, self}) {
    filter.allow("prlimit64", {argument(0, SCMP_CMP_EQ, process)});
  }
}

void allow_controls(Filter& filter) {
  // Asio makes sockets non-blocking by it, syslog's connection asks what was not yet taken, libc whether it is a
  // terminal.
  for (const std::uint64_t request : {FIONBIO, FIONREAD, FIOCLEX, TCGETS, SIOCOUTQ}) {
    filter.allow("ioctl", {argument(1, SCMP_CMP_EQ, request)});
  }
  constexpr std::uint64_t kNameMemory = 0x53564d41;  // PR_SET_VMA, by which newer libcs name what they map
  for (const std::uint64_t option :
       {std::uint64_t{PR_SET_NAME}, std::uint64_t{PR_GET_NAME}, std::uint64_t{PR_GET_DUMPABLE}, kNameMemory}) {
    filter.allow("prctl", {argument(0, SCMP_CMP_EQ, option)});
  }
}

}  // namespace

void filter_system_calls() {
  Filter filter;
  for (const auto* call : kAllowed) filter.allow(call);
  for (const auto* call : kDeadly) filter.end_process_on(call);
  allow_sockets(filter);
  allow_memory(filter);
  allow_threads(filter);
  allow_controls(filter);
  filter.load();
}

}  // namespace secureauth::process
