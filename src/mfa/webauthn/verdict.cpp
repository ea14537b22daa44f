#include "mfa/webauthn/verdict.hpp"

#include <algorithm>
#include <array>

namespace secureauth::webauthn {
namespace {

struct Step {
  std::string_view name;
  int registration;    ///< §7.1; 0: no such step there
  int authentication;  ///< §7.2
};

constexpr std::array kSteps{
    Step{.name = "response_type", .registration = 3, .authentication = 3},
    Step{.name = "client_extensions", .registration = 4, .authentication = 4},
    Step{.name = "allowed_credential", .registration = 0, .authentication = 5},
    Step{.name = "user_handle", .registration = 0, .authentication = 6},
    Step{.name = "response_data", .registration = 0, .authentication = 7},
    Step{.name = "client_data_text", .registration = 5, .authentication = 8},
    Step{.name = "client_data_json", .registration = 6, .authentication = 9},
    Step{.name = "type", .registration = 7, .authentication = 10},
    Step{.name = "challenge", .registration = 8, .authentication = 11},
    Step{.name = "origin", .registration = 9, .authentication = 12},
    Step{.name = "cross_origin", .registration = 10, .authentication = 13},
    Step{.name = "top_origin", .registration = 11, .authentication = 14},
    Step{.name = "client_data_hash", .registration = 12, .authentication = 20},
    Step{.name = "attestation_object", .registration = 13, .authentication = 0},
    Step{.name = "rp_id", .registration = 14, .authentication = 15},
    Step{.name = "user_present", .registration = 15, .authentication = 16},
    Step{.name = "user_verified", .registration = 16, .authentication = 17},
    Step{.name = "backup_state", .registration = 17, .authentication = 18},
    Step{.name = "backup_eligibility", .registration = 18, .authentication = 19},
    Step{.name = "backed_up", .registration = 19, .authentication = 0},
    Step{.name = "algorithm", .registration = 20, .authentication = 0},
    Step{.name = "attestation_format", .registration = 21, .authentication = 0},
    Step{.name = "attestation_statement", .registration = 22, .authentication = 0},
    Step{.name = "trust_roots", .registration = 23, .authentication = 0},
    Step{.name = "attestation_trust", .registration = 24, .authentication = 0},
    Step{.name = "credential_id", .registration = 25, .authentication = 0},
    Step{.name = "unique_credential", .registration = 26, .authentication = 0},
    Step{.name = "signature", .registration = 0, .authentication = 21},
    Step{.name = "sign_count", .registration = 0, .authentication = 22},
};

}  // namespace

std::string_view step_name(Ceremony ceremony, int step) {
  if (step == 0) return {};
  const auto number = ceremony == Ceremony::registration ? &Step::registration : &Step::authentication;
  const auto* const found = std::ranges::find(kSteps, step, number);
  return found == kSteps.end() ? std::string_view{} : found->name;
}

}  // namespace secureauth::webauthn
