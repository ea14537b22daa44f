#include "sessions/session.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace secureauth::sessions {

std::string compose_profile(const accounts::User& user, const Assurance& assurance) {
  const bool has_totp = std::ranges::find(user.second_factors, accounts::Factor::totp) != user.second_factors.end();
  const boost::json::object profile{{"id", user.id.text()},
                                    {"email", user.email},
                                    {"name", user.name ? boost::json::value(*user.name) : boost::json::value(nullptr)},
                                    {"email_verified", user.email_verified},
                                    {"role", accounts::to_text(user.role)},
                                    {"totp_enabled", has_totp},
                                    {"aal", assurance.aal},
                                    {"amr", boost::json::array(assurance.amr.begin(), assurance.amr.end())},
                                    {"auth_time", to_rfc3339(assurance.auth_time)}};
  return boost::json::serialize(profile);
}

}  // namespace secureauth::sessions
