#pragma once

#include "core/clock.hpp"
#include "mfa/webauthn/metadata.hpp"
#include "mfa/webauthn/metadata_blob.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace secureauth::webauthn {

/// More than any BLOB has: in 2026 the Alliance's has under 10 MiB.
inline constexpr std::size_t kMostMetadataBytes = std::size_t{32} * 1024 * 1024;

/// A BLOB as it stands in a file, 32 MiB at most. Throws std::runtime_error with one line when it cannot be read.
[[nodiscard]] std::string read_metadata_file(const std::filesystem::path& file);

/// The certificates of a PEM file. Throws std::runtime_error with one line when there is none.
[[nodiscard]] std::vector<Certificate> read_roots_file(const std::filesystem::path& file);

struct BelievedMetadata {
  Metadata metadata;
  Timestamp signer_valid_until;
};

/// What a list is worth whose signing certificates have expired since they signed it.
enum class ExpiredSigner { refused, accepted };

/// The metadata of a BLOB that is signed by somebody whom one of the roots vouches for at `now`. Throws
/// std::runtime_error with one line otherwise.
[[nodiscard]] BelievedMetadata believed_metadata(const std::string& blob, std::span<const Certificate> roots,
                                                 Timestamp now, ExpiredSigner expired = ExpiredSigner::refused);

/// Trusts the metadata in a file, which may be replaced while the service runs. What was issued before a number that it
/// has seen is refused; of what it saw before a restart it knows nothing. Thread-safe.
class MetadataFile final : public TrustSource {
 public:
  struct Files {
    std::filesystem::path blob;   ///< WEBAUTHN_MDS_FILE
    std::filesystem::path roots;  ///< WEBAUTHN_MDS_ROOT_FILE
    /// `accepted` where a list lets nobody in: an old one still knows who was given up, and the service must start.
    ExpiredSigner expired = ExpiredSigner::refused;
  };

  /// Reads the file. Throws std::runtime_error with one line that names the setting when it is not to be believed.
  MetadataFile(Files files, const Clock& clock);

  /// Reads the files again if one has been changed; true when what it says is in force from now on. Throws as the
  /// constructor does, also for a file whose number is lower than before: what was in force stays, and the same files
  /// are not tried again. Blocks for some tenths of a second: never call on an io thread.
  bool refresh();

  [[nodiscard]] std::shared_ptr<const Metadata> current() const;
  /// Why somebody should look for a newer list, in one line; nothing while it is fresh.
  [[nodiscard]] std::optional<std::string> staleness() const;
  [[nodiscard]] Timestamp signer_valid_until() const;  ///< of the list in force
  [[nodiscard]] std::optional<AuthenticatorModel> find(const Aaguid& aaguid,
                                                       std::span<const Certificate> path) const override;

 private:
  /// By which a changed file is known.
  struct Version {
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t changed_at = 0;  ///< nanoseconds
    bool operator==(const Version&) const = default;
  };

  using Versions = std::array<Version, 2>;  ///< of both files

  [[nodiscard]] static Version version_of(const std::filesystem::path& file);
  [[nodiscard]] Versions versions() const;
  [[nodiscard]] BelievedMetadata load() const;
  [[nodiscard]] std::shared_ptr<const BelievedMetadata> believed() const;

  Files files_;
  const Clock& clock_;
  std::mutex refreshing_;
  Versions seen_;  ///< under refreshing_
  mutable std::mutex mutex_;
  std::shared_ptr<const BelievedMetadata> current_;  ///< under mutex_
};

}  // namespace secureauth::webauthn
