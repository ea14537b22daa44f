#include "settings/sandbox_rows.hpp"

#include "settings/setting_kinds.hpp"

namespace secureauth::settings {

std::vector<SettingRow> sandbox_rows() {
  std::vector<SettingRow> rows{
      {{"SANDBOX", "auto",
        "What a started service gives up of files, ports and system calls: auto (what the kernel can), required, off; "
        "not in .env"},
       choice(&Config::sandbox,
              {{"auto", SandboxMode::automatic}, {"required", SandboxMode::required}, {"off", SandboxMode::off}})},
      {{"SANDBOX_CONNECT_PORTS", "",
        "TCP ports it may connect to besides those that settings name, such as a Redis cluster's, comma-separated; not "
        "in "
        ".env"},
       [](Config& c, const std::string& text) {
         c.sandbox_ports.clear();
         for (const auto& port : read_list(text)) {
           c.sandbox_ports.insert(static_cast<std::uint16_t>(read_number(port, 1, 65535)));
         }
       }},
  };
  for (auto& row : rows) row.environment_only = true;
  return rows;
}

}  // namespace secureauth::settings
