#pragma once

#include "audit/audit_log.hpp"
#include "crypto/random.hpp"
#include "db/database.hpp"
#include "keys/keys.hpp"
#include "settings/config.hpp"
#include "settings/key_purposes.hpp"

#include <map>
#include <string>
#include <vector>

namespace secureauth::keys {

/// Which keys one purpose has, by their ids.
struct KeyIds {
  std::string current;  ///< empty: none
  std::string next;     ///< empty: none
  std::vector<std::string> old;
  bool operator==(const KeyIds&) const = default;
};
[[nodiscard]] KeyIds key_ids(const settings::KeyPurpose& purpose, const settings::Config& config);

/// Reads the settings while the service runs, and puts those keys in force that are others: no request sees half of
/// it. Any other setting that was changed is told in the log: it needs a restart. A mistake, a key in force that is
/// gone though nobody retired it, or a SECRET_KEY or AUDIT_KEY that does not fit the database leaves everything as it
/// was; that is told there and in the audit log. To be used by one thread, which is none of the io threads.
class KeyReload {
 public:
  struct Parts {
    db::Database& database;
    const Keys& keys;
    const audit::AuditLog& audit;
    const Clock& clock;
    crypto::Random& random;
  };
  /// `config` is what is in force.
  KeyReload(const Parts& parts, const settings::Config& config);

  /// Notes in the record store which keys are in force. Called once, when the schema is there.
  void begin();

  void operator()(const settings::SettingsInput& input);

 private:
  /// What is wrong with these settings: they name a key no more that made something, and nobody let go of it.
  [[nodiscard]] std::vector<std::string> keys_lost(const settings::Config& config) const;
  void put_in_force(settings::Config config);
  void refuse(const std::vector<std::string>& mistakes);
  void note_states();
  void record(audit::Outcome outcome, boost::json::object details);

  Parts parts_;
  std::map<std::string, crypto::Sha256> fingerprints_;
  std::map<std::string_view, KeyIds> in_force_;
};

}  // namespace secureauth::keys
