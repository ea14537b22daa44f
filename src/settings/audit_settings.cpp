#include "settings/audit_settings.hpp"

#include "settings/setting_kinds.hpp"

namespace secureauth::settings {

std::vector<SettingRow> audit_rows() {
  return {
      {{"AUDIT_KEY", "",
        "Key that audit entries and their tree heads are signed with, in the same form; made once in development",
        true},
       current_key(&Config::audit_key)},
      {{"AUDIT_KEY_NEXT", "", "The one after it: verifies, signs nothing yet", true, true, false, "AUDIT_KEY"},
       next_key(&Config::audit_key)},
      {{"AUDIT_KEYS_OLD", "", "Former ones, comma-separated: what they signed stays verifiable", true, true, false,
        "AUDIT_KEY"},
       old_keys(&Config::audit_key)},
      {{"AUDIT_HEAD_FILE", "", "File that the newest signed head of the audit log is kept in, outside of the database"},
       [](Config& c, const std::string& text) { c.audit_head_file = text; }},
  };
}

}  // namespace secureauth::settings
