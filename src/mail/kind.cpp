#include "mail/kind.hpp"

namespace secureauth::mail {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 1> kSite{"site"};
constexpr std::array<std::string_view, 4> kToken{"site", "link", "token", "validity"};
constexpr std::array<std::string_view, 5> kTokenOfSignUp{"site", "link", "token", "validity", "time"};
constexpr std::array<std::string_view, 7> kTokenAsked{"site", "link", "token", "validity", "time", "ip", "user_agent"};
constexpr std::array<std::string_view, 4> kNotice{"site", "time", "ip", "user_agent"};
constexpr std::array<std::string_view, 5> kNoticeWithWayBack{"site", "time", "ip", "user_agent", "link"};
constexpr std::array<std::string_view, 6> kFactor{"site", "time", "ip", "user_agent", "link", "factor"};
constexpr std::array<std::string_view, 3> kNoticeOfStaff{"site", "time", "link"};
constexpr std::array<std::string_view, 2> kEndByStaff{"site", "time"};
constexpr std::array<std::string_view, 6> kCodesLeft{"site", "time", "ip", "user_agent", "link", "remaining"};
constexpr std::array<std::string_view, 6> kFailures{"site", "time", "ip", "user_agent", "link", "failures"};
constexpr std::array<std::string_view, 5> kNewAddress{"site", "time", "ip", "user_agent", "new_email"};
constexpr std::array<std::string_view, 8> kNewAddressWithUndo{"site", "time",      "ip",    "user_agent",
                                                              "link", "new_email", "token", "validity"};

// A link lives a day at most (63B §4.2.1.2), the undo of a changed address a week.
constexpr auto kAsItsLink = std::chrono::hours(24);

struct Description {
  std::string_view name;
  bool may_be_turned_off = false;
  Names values;
  std::chrono::hours lives = std::chrono::days(7);
};

constexpr Description describe(Kind kind) {
  switch (kind) {
    case Kind::verify_email:
      return {"verify_email", false, kTokenOfSignUp, kAsItsLink};
    case Kind::address_taken:
      return {"address_taken", false, kSite};
    case Kind::address_wanted:
      return {"address_wanted", false, kSite};
    case Kind::sign_up_again:
      return {"sign_up_again", false, kSite};
    case Kind::reset_password:
      return {"reset_password", false, kTokenAsked, kAsItsLink};
    case Kind::password_changed:
      return {"password_changed", false, kNoticeWithWayBack};
    case Kind::password_compromised:
      return {"password_compromised", false, kNoticeWithWayBack};
    case Kind::confirm_email_change:
      return {"confirm_email_change", false, kToken, kAsItsLink};
    case Kind::email_change_asked:
      return {"email_change_asked", false, kNewAddress};
    case Kind::email_changed:
      return {"email_changed", false, kNewAddressWithUndo};
    case Kind::email_change_done:
      return {"email_change_done", false, kNotice};
    case Kind::email_change_undone:
      return {"email_change_undone", false, kNoticeWithWayBack};
    case Kind::new_sign_in:
      return {"new_sign_in", true, kNoticeWithWayBack};
    case Kind::factor_added:
      return {"factor_added", false, kFactor};
    case Kind::factor_removed:
      return {"factor_removed", false, kFactor};
    case Kind::factors_reset:
      return {"factors_reset", false, kNoticeOfStaff};
    case Kind::recovery_codes_made:
      return {"recovery_codes_made", false, kNoticeWithWayBack};
    case Kind::recovery_code_used:
      return {"recovery_code_used", false, kCodesLeft};
    case Kind::second_factor_failed:
      return {"second_factor_failed", false, kFactor};
    case Kind::passkey_doubtful:
      return {"passkey_doubtful", false, kNoticeWithWayBack};
    case Kind::code_replayed:
      return {"code_replayed", false, kFactor};
    case Kind::sign_in_after_failures:
      return {"sign_in_after_failures", false, kFailures};
    case Kind::account_locked:
      return {"account_locked", true, kFailures};
    case Kind::account_deleted:
      return {"account_deleted", false, kNotice};
    case Kind::account_removed:
      return {"account_removed", false, kEndByStaff};
  }
  return {};
}

}  // namespace

std::string_view name_of(Kind kind) {
  return describe(kind).name;
}

std::optional<Kind> kind_from(std::string_view name) {
  for (const auto kind : kKinds) {
    if (name_of(kind) == name) return kind;
  }
  return std::nullopt;
}

bool may_be_turned_off(Kind kind) {
  return describe(kind).may_be_turned_off;
}

std::chrono::hours life_of(Kind kind) {
  return describe(kind).lives;
}

std::span<const std::string_view> values_of(Kind kind) {
  return describe(kind).values;
}

}  // namespace secureauth::mail
