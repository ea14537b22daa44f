#include "app/service_entries.hpp"

#include <utility>

namespace secureauth::app {

audit::Entry service_entry(audit::Event event) {
  return {.event = event, .details = {{"version", SECUREAUTH_VERSION}}};
}

mail::OnGivenUp record_given_up(const audit::AuditLog& log) {
  // Why stands in the log and with the mail: what a mail server says may name the address.
  return [&log](db::Transaction& tx, mail::GivenUpMail mail) -> net::awaitable<void> {
    audit::Entry entry{.event = audit::Event::mail_given_up,
                       .outcome = audit::Outcome::failure,
                       .details = {{"kind", mail.kind}, {"mail", mail.id}}};
    co_await log.record(tx, std::move(entry));
  };
}

}  // namespace secureauth::app
