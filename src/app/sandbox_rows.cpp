#include "app/sandbox_rows.hpp"

#include "app/setting_kinds.hpp"

namespace secureauth::app {

std::vector<SettingRow> sandbox_rows() {
  return {
      {{"SANDBOX", "auto",
        "What a started service gives up of files, ports and system calls: auto (what the kernel can), required, off"},
       choice(&Config::sandbox,
              {{"auto", SandboxMode::automatic}, {"required", SandboxMode::required}, {"off", SandboxMode::off}})},
      {{"SANDBOX_PORTS", "",
        "TCP ports it may connect to besides those that settings name, such as a Redis cluster's, comma-separated"},
       [](Config& c, const std::string& text) {
         c.sandbox_ports.clear();
         for (const auto& port : read_list(text)) {
           c.sandbox_ports.insert(static_cast<std::uint16_t>(read_number(port, 1, 65535)));
         }
       }},
  };
}

}  // namespace secureauth::app
