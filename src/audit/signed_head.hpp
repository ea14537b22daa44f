#pragma once

#include "audit/audit_keys.hpp"
#include "audit/merkle_tree.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "crypto/signing_key.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace secureauth::audit {

/// What is said of the log at one moment: so many entries, with this root (RFC 9162 §4.10).
struct TreeHead {
  std::uint64_t tree_size = 0;
  TreeHash root = {};
  Timestamp sealed_at;

  bool operator==(const TreeHead&) const = default;
};

struct SignedHead {
  TreeHead head;
  std::string key_id;  ///< of the key that signed, eight hexadecimal digits
  crypto::Signature signature = {};

  bool operator==(const SignedHead&) const = default;
};

/// The bytes that are signed: five lines of text, which name the version, the size, the root, the time and the key.
[[nodiscard]] std::string signed_text(const TreeHead& head, std::string_view key_id);

/// A published head: one JSON object, as `audit head` prints it on one line.
[[nodiscard]] boost::json::object as_json(const SignedHead& head);
/// Fails with invalid_request and a sentence: something is missing, or not of its form. Signatures are not looked at.
[[nodiscard]] Result<SignedHead> head_from(const boost::json::value& json);
[[nodiscard]] Result<SignedHead> head_from_text(std::string_view text);

/// Signs heads with the current audit key. Thread-safe.
class HeadSigner {
 public:
  explicit HeadSigner(const AuditKeys& keys);
  [[nodiscard]] SignedHead sign(const TreeHead& head) const;

 private:
  struct Signer {
    std::string key_id;
    crypto::SigningKey key;
  };
  crypto::Derived<Signer> signer_;
};

/// Knows the public keys that heads may be signed with. Thread-safe.
class HeadVerifier {
 public:
  explicit HeadVerifier(const AuditKeys& keys);
  /// Without the service's secrets, by public keys alone, which may have signed under any id.
  explicit HeadVerifier(std::vector<crypto::VerifyKey> keys);

  enum class Verdict { right, wrong, foreign_key };
  [[nodiscard]] Verdict check(const SignedHead& head) const;

  struct Known {
    std::string key_id;  ///< empty: any
    crypto::VerifyKey key;
  };
  /// The current one first.
  [[nodiscard]] std::vector<Known> known() const { return *known_.get(); }
  [[nodiscard]] std::string current_id() const { return known_.get()->front().key_id; }

 private:
  crypto::Derived<std::vector<Known>> known_;
};

}  // namespace secureauth::audit
