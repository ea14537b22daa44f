#pragma once

#include "core/clock.hpp"

#include <boost/json/object.hpp>

#include <stdexcept>
#include <string_view>

namespace secureauth::cli {

/// What keeps a recording from being judged: it is not JSON, or a member is missing or not what it must be.
class UnreadableRecording : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct RecordedVerdict {
  bool valid = false;
  boost::json::object report;  ///< what `webauthn verify` prints
};

/// Judges one recorded WebAuthn ceremony: a JSON object of the shape of one case of tests/vectors/webauthn.json, with
/// the relying party's rules in `policy`, as `webauthn verify --help` lists them. The steps are those that the service
/// takes; what a browser sent may be anything, and is refused at the step that fails.
/// `now` is the time of certificates where the policy names none. Throws UnreadableRecording.
[[nodiscard]] RecordedVerdict judge_recording(std::string_view json, Timestamp now);

}  // namespace secureauth::cli
