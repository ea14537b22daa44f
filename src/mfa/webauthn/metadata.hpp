#pragma once

#include "core/clock.hpp"
#include "mfa/webauthn/trust.hpp"

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace secureauth::webauthn {

/// What the FIDO Alliance's metadata say of models of authenticators. Immutable; thread-safe.
/// Source: FIDO Metadata Service v3.0 §3.1.1 to §3.1.6; FIDO Metadata Statement v3.0.
class Metadata {
 public:
  /// Reads the payload of a BLOB; whether it is to be believed is for MetadataBlob to say. Refuses one without number,
  /// next update or entries. A root that cannot be read, or a model without AAGUID and key identifiers (UAF), is passed
  /// over.
  [[nodiscard]] static boost::system::result<Metadata, std::string> read(const boost::json::object& payload);

  [[nodiscard]] std::int64_t number() const { return number_; }                     ///< grows with every issue
  [[nodiscard]] std::chrono::sys_days next_update() const { return next_update_; }  ///< a newer issue is out by then
  /// Whether that day has passed.
  [[nodiscard]] bool is_outdated(Timestamp now) const { return now >= next_update_ + std::chrono::days(1); }
  [[nodiscard]] std::size_t entries() const { return entries_; }  ///< models of every kind
  [[nodiscard]] std::size_t faulty() const { return faulty_; }    ///< of which may not register

  /// See TrustSource::find().
  [[nodiscard]] std::optional<AuthenticatorModel> find(const Aaguid& aaguid, std::span<const Certificate> path) const;

 private:
  using Model = std::shared_ptr<const AuthenticatorModel>;

  void add(const boost::json::object& entry);

  std::int64_t number_ = 0;
  std::chrono::sys_days next_update_{};
  std::size_t entries_ = 0;
  std::size_t faulty_ = 0;
  std::map<Aaguid, Model> by_aaguid_;
  std::map<std::string, Model> by_key_;  ///< attestationCertificateKeyIdentifiers, lower-case hexadecimal
};

}  // namespace secureauth::webauthn
