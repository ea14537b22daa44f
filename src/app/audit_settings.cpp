#include "app/audit_settings.hpp"

#include "app/setting_kinds.hpp"

namespace secureauth::app {

std::vector<SettingRow> audit_rows() {
  return {
      {{"AUDIT_KEY", "",
        "Key that audit entries and their tree heads are signed with, in the same form; made once in development",
        true},
       [](Config& c, const std::string& text) { c.audit_key = read_key(text); }},
      {{"AUDIT_KEYS_OLD", "", "Former ones, comma-separated: what they signed stays verifiable", true, true},
       [](Config& c, const std::string& text) {
         for (const auto& item : read_list(text)) c.audit_keys_old.push_back(read_key(item));
       }},
      {{"AUDIT_HEAD_FILE", "", "File that the newest signed head of the audit log is kept in, outside of the database"},
       [](Config& c, const std::string& text) { c.audit_head_file = text; }},
  };
}

}  // namespace secureauth::app
