#include "mfa/webauthn/metadata_file.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <sys/stat.h>

namespace secureauth::webauthn {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = std::size_t{32} * 1024 * 1024;  // in 2026 the Alliance's has under 10
constexpr std::size_t kMostRootBytes = std::size_t{1024} * 1024;

std::string read_file(const fs::path& file, std::size_t most) {
  std::error_code error;
  std::ifstream input(file, std::ios::binary);
  const bool is_file = fs::is_regular_file(file, error);
  if (!input || !is_file) throw std::runtime_error("the file cannot be read");
  std::string text(most + 1, '\0');
  input.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (input.bad()) throw std::runtime_error("the file cannot be read to its end");
  text.resize(static_cast<std::size_t>(input.gcount()));
  if (text.size() > most) throw std::runtime_error("the file is larger than " + std::to_string(most) + " bytes");
  return text;
}

}  // namespace

std::string read_metadata_file(const fs::path& file) {
  auto text = read_file(file, kMostBytes);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();  // an editor's, say
  return text;
}

std::vector<Certificate> read_roots_file(const fs::path& file) {
  auto roots = Certificate::parse_pem(read_file(file, kMostRootBytes));
  if (roots.empty()) throw std::runtime_error("the file holds no PEM certificates, or others than X.509's");
  return roots;
}

Metadata believed_metadata(const std::string& blob, std::span<const Certificate> roots, Timestamp now) {
  const auto parsed = MetadataBlob::parse(blob);
  if (!parsed) throw std::runtime_error("it is no metadata BLOB: " + parsed.error());
  if (const auto fault = parsed->signature_fault(roots, now)) throw std::runtime_error(*fault);
  auto metadata = Metadata::read(parsed->payload());
  if (!metadata) throw std::runtime_error(metadata.error());
  return *std::move(metadata);
}

MetadataFile::MetadataFile(Files files, const Clock& clock)
    : files_(std::move(files)),
      clock_(clock),
      seen_(version_of(files_.blob)),
      current_(std::make_shared<const Metadata>(load())) {}

bool MetadataFile::refresh() {
  const std::lock_guard refreshing(refreshing_);
  const auto version = version_of(files_.blob);
  if (version == seen_) return false;
  seen_ = version;
  auto fresh = std::make_shared<const Metadata>(load());
  if (const auto former = current()->number(); fresh->number() < former) {
    throw std::runtime_error("WEBAUTHN_MDS_FILE: number " + std::to_string(fresh->number()) + " is older than " +
                             std::to_string(former) + ", which stays in force");
  }
  const std::lock_guard lock(mutex_);
  current_ = std::move(fresh);
  return true;
}

std::shared_ptr<const Metadata> MetadataFile::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

std::optional<AuthenticatorModel> MetadataFile::find(const Aaguid& aaguid, std::span<const Certificate> path) const {
  return current()->find(aaguid, path);
}

MetadataFile::Version MetadataFile::version_of(const fs::path& file) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return {};
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return {.inode = found.st_ino,
          .size = found.st_size,
          .changed_at = found.st_mtim.tv_sec * kNanoseconds + found.st_mtim.tv_nsec};
}

Metadata MetadataFile::load() const {
  std::vector<Certificate> roots;
  try {
    roots = read_roots_file(files_.roots);
  } catch (const std::runtime_error& fault) {
    throw std::runtime_error("WEBAUTHN_MDS_ROOT_FILE: " + std::string(fault.what()));
  }
  try {
    return believed_metadata(read_metadata_file(files_.blob), roots, clock_.now());
  } catch (const std::runtime_error& fault) {
    throw std::runtime_error("WEBAUTHN_MDS_FILE: " + std::string(fault.what()));
  }
}

}  // namespace secureauth::webauthn
