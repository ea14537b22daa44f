#include "mfa/webauthn/metadata_file.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <sys/stat.h>

namespace secureauth::webauthn {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostRootBytes = std::size_t{1024} * 1024;

std::string read_file(const fs::path& file, std::size_t most) {
  std::error_code error;
  // Asked before it is opened: a pipe would be waited for.
  const bool is_file = fs::is_regular_file(file, error);
  const auto size = is_file ? fs::file_size(file, error) : 0;
  std::ifstream input;
  if (is_file && !error) input.open(file, std::ios::binary);
  if (!input.is_open()) throw std::runtime_error("the file cannot be read");
  std::string text(std::min<std::uintmax_t>(size, most) + 1, '\0');
  input.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (input.bad()) throw std::runtime_error("the file cannot be read to its end");
  text.resize(static_cast<std::size_t>(input.gcount()));
  if (size > most) throw std::runtime_error("the file is larger than " + std::to_string(most) + " bytes");
  return text;
}

}  // namespace

std::string read_metadata_file(const fs::path& file) {
  auto text = read_file(file, kMostMetadataBytes);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();  // an editor's, say
  return text;
}

std::vector<Certificate> read_roots_file(const fs::path& file) {
  auto roots = Certificate::parse_pem(read_file(file, kMostRootBytes));
  if (roots.empty()) throw std::runtime_error("the file holds no PEM certificates, or others than X.509's");
  return roots;
}

BelievedMetadata believed_metadata(const std::string& blob, std::span<const Certificate> roots, Timestamp now,
                                   ExpiredSigner expired) {
  const auto parsed = MetadataBlob::parse(blob);
  if (!parsed) throw std::runtime_error("it is no metadata BLOB: " + parsed.error());
  const auto until = parsed->valid_until();
  const auto at = expired == ExpiredSigner::accepted ? std::min(now, until) : now;
  if (const auto fault = parsed->signature_fault(roots, at)) throw std::runtime_error(*fault);
  auto metadata = Metadata::read(parsed->payload());
  if (!metadata) throw std::runtime_error(metadata.error());
  return {.metadata = *std::move(metadata), .signer_valid_until = until};
}

MetadataFile::MetadataFile(Files files, const Clock& clock)
    : files_(std::move(files)),
      clock_(clock),
      seen_(versions()),
      current_(std::make_shared<const BelievedMetadata>(load())) {}

bool MetadataFile::refresh() {
  const std::lock_guard refreshing(refreshing_);
  const auto found = versions();
  if (found == seen_) return false;
  seen_ = found;
  auto fresh = std::make_shared<const BelievedMetadata>(load());
  const auto number = fresh->metadata.number();
  if (const auto former = current()->number(); number < former) {
    throw std::runtime_error("WEBAUTHN_MDS_FILE: number " + std::to_string(number) + " is older than " +
                             std::to_string(former) + ", which stays in force");
  }
  const std::lock_guard lock(mutex_);
  current_ = std::move(fresh);
  return true;
}

std::shared_ptr<const BelievedMetadata> MetadataFile::believed() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

std::shared_ptr<const Metadata> MetadataFile::current() const {
  const auto all = believed();
  return {all, &all->metadata};
}

Timestamp MetadataFile::signer_valid_until() const {
  return believed()->signer_valid_until;
}

std::optional<std::string> MetadataFile::staleness() const {
  const auto now = clock_.now();
  const auto all = believed();
  if (now > all->signer_valid_until) return "the certificates that signed it have expired";
  if (all->metadata.is_outdated(now)) return "a newer issue was due on " + to_rfc3339(all->metadata.next_update());
  return std::nullopt;
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

MetadataFile::Versions MetadataFile::versions() const {
  return {version_of(files_.blob), version_of(files_.roots)};
}

BelievedMetadata MetadataFile::load() const {
  std::vector<Certificate> roots;
  try {
    roots = read_roots_file(files_.roots);
  } catch (const std::runtime_error& fault) {
    throw std::runtime_error("WEBAUTHN_MDS_ROOT_FILE: " + std::string(fault.what()));
  }
  try {
    return believed_metadata(read_metadata_file(files_.blob), roots, clock_.now(), files_.expired);
  } catch (const std::runtime_error& fault) {
    throw std::runtime_error("WEBAUTHN_MDS_FILE: " + std::string(fault.what()));
  }
}

}  // namespace secureauth::webauthn
