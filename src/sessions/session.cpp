#include "sessions/session.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace secureauth::sessions {

using accounts::Factor;

Assurance raised(Assurance assurance, const FactorProven& proven, Timestamp now) {
  assurance.auth_time = now;
  assurance.stepped_up_at = now;
  if (proven.factor != Factor::password) {
    assurance.aal = 2;
    assurance.factor = proven.factor;
  }
  for (const auto& name : proven.amr) {
    if (std::ranges::find(assurance.amr, name) == assurance.amr.end()) assurance.amr.push_back(name);
  }
  return assurance;
}

Assurance raised_by_enrolment(Assurance assurance, const FactorProven& proven, Timestamp now) {
  const bool proved_more = assurance.factor && assurance.factor != Factor::totp;
  if (proven.factor == Factor::totp && proved_more) return assurance;
  return raised(std::move(assurance), proven, now);
}

std::string compose_profile(const accounts::User& user, const Assurance& assurance) {
  const boost::json::object profile{{"id", user.id.text()},
                                    {"email", user.email},
                                    {"name", user.name ? boost::json::value(*user.name) : boost::json::value(nullptr)},
                                    {"email_verified", user.email_verified},
                                    {"role", accounts::to_text(user.role)},
                                    {"totp_enabled", user.has(Factor::totp)},
                                    {"webauthn_enabled", user.has(Factor::webauthn)},
                                    {"aal", assurance.aal},
                                    {"amr", boost::json::array(assurance.amr.begin(), assurance.amr.end())},
                                    {"auth_time", to_rfc3339(assurance.auth_time)}};
  return boost::json::serialize(profile);
}

}  // namespace secureauth::sessions
