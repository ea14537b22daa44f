#include "app/named_files.hpp"

#include "app/password_rules.hpp"
#include "mail/smtp_client.hpp"
#include "mail/templates.hpp"

namespace secureauth::app {

void check_named_files(const Config& config) {
  [[maybe_unused]] const passwords::CompromisedPasswords lists(password_files(config));
  [[maybe_unused]] const mail::Templates templates(config.mail_templates_dir);
  mail::check_ca_file(config.smtp.ca_file);
}

}  // namespace secureauth::app
