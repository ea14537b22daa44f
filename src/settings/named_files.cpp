#include "settings/named_files.hpp"

#include "audit/push/pushers.hpp"
#include "mail/templates.hpp"
#include "outgoing/curl_handle.hpp"
#include "pages/branding.hpp"
#include "settings/password_rules.hpp"

namespace secureauth::settings {

void check_named_files(const Config& config) {
  [[maybe_unused]] const passwords::CompromisedPasswords lists(password_files(config));
  [[maybe_unused]] const mail::Templates templates(config.mail_templates_dir);
  [[maybe_unused]] const auto branding = pages::read_branding(config.branding_dir);
  audit::check_push_files(config.push);
  outgoing::check_ca_file("SMTP_CA_FILE", config.smtp.ca_file);
}

}  // namespace secureauth::settings
