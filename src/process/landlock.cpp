#include "process/landlock.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace secureauth::process {
namespace {

// The interface as the kernel documents it: the header of the distribution may be older than the kernel that runs. The
// numbers of the calls are those of every architecture.
constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr std::uint32_t kAskVersion = 1;
constexpr int kPathBeneath = 1;
constexpr int kNetPort = 2;

constexpr std::uint64_t kWriteFile = 1U << 1;
constexpr std::uint64_t kReadFile = 1U << 2;
constexpr std::uint64_t kReadFolder = 1U << 3;
constexpr std::uint64_t kRemoveFile = 1U << 5;
constexpr std::uint64_t kMakeFile = 1U << 8;
constexpr std::uint64_t kTruncate = 1U << 14;
constexpr std::uint64_t kConnectTcp = 1U << 1;
constexpr std::uint64_t kScopeAbstractSocket = 1U << 0;
constexpr std::uint64_t kScopeSignal = 1U << 1;

constexpr std::uint64_t kReading = kReadFile | kReadFolder;
constexpr std::uint64_t kWriting = kReading | kWriteFile | kRemoveFile | kMakeFile | kTruncate;
constexpr std::uint64_t kOfFilesAlone = kWriteFile | kReadFile | kTruncate;  // what a rule on a file may name

struct RulesetAttributes {
  std::uint64_t files;
  std::uint64_t net;
  std::uint64_t scoped;
};

struct [[gnu::packed]] PathBeneath {
  std::uint64_t access;
  std::int32_t parent;
};

struct NetPort {
  std::uint64_t access;
  std::uint64_t port;
};

/// Every right over files that a version can take away: 13 in the first, then moving between folders, truncating, and
/// the controls of devices.
std::uint64_t all_file_rights(int version) {
  int count = 13;
  for (const int since : {2, 3, 5}) count += version >= since ? 1 : 0;
  return (1U << static_cast<unsigned>(count)) - 1;
}

/// How much of RulesetAttributes a version knows.
std::size_t known_size(int version) {
  const std::size_t words = version >= 6 ? 3 : version >= 4 ? 2 : 1;
  return words * sizeof(std::uint64_t);
}

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), "Landlock: " + what);
}

}  // namespace

int Landlock::version() {
  const auto version = ::syscall(kCreateRuleset, nullptr, 0, kAskVersion);
  return version < 0 ? 0 : static_cast<int>(version);
}

Landlock::Landlock(int version, Limits limits)
    : handled_files_(all_file_rights(version)), limits_ports_(limits.ports && version >= 4) {
  const RulesetAttributes attributes{.files = handled_files_,
                                     .net = limits_ports_ ? kConnectTcp : 0,
                                     .scoped = kScopeSignal | (limits.abstract_sockets ? kScopeAbstractSocket : 0)};
  ruleset_ = static_cast<int>(::syscall(kCreateRuleset, &attributes, known_size(version), 0));
  if (ruleset_ < 0) fail("no ruleset");
}

Landlock::~Landlock() {
  ::close(ruleset_);
}

void Landlock::allow_reading(const std::filesystem::path& path) {
  allow(path, kReading);
}

void Landlock::allow_writing(const std::filesystem::path& path) {
  allow(path, kWriting);
}

void Landlock::allow(const std::filesystem::path& path, std::uint64_t access) {
  const int place = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (place < 0) return;
  struct stat found{};
  const bool is_folder = ::fstat(place, &found) == 0 && S_ISDIR(found.st_mode);
  if (!is_folder) access &= kOfFilesAlone;
  const PathBeneath rule{.access = access & handled_files_, .parent = place};
  const auto added = ::syscall(kAddRule, ruleset_, kPathBeneath, &rule, 0);
  const int error = errno;
  ::close(place);
  errno = error;
  if (added != 0) fail("no rule for " + path.string());
}

void Landlock::allow_connecting(std::uint16_t port) {
  if (!limits_ports_) return;
  const NetPort rule{.access = kConnectTcp, .port = port};
  if (::syscall(kAddRule, ruleset_, kNetPort, &rule, 0) != 0) fail("no rule for port " + std::to_string(port));
}

void Landlock::enter() {
  if (::syscall(kRestrictSelf, ruleset_, 0) != 0) fail("not entered");
}

}  // namespace secureauth::process
