#include "passwords/password_policy.hpp"

#include "core/unicode.hpp"
#include "passwords/wiped.hpp"

namespace secureauth::passwords {
namespace {

constexpr std::size_t kMostBytes = 1024;

FieldError refusal(std::string_view field, std::string_view code, std::string message) {
  return {std::string(field), std::string(code), std::move(message)};
}

Error as_error(FieldError refused) {
  return Error(std::vector<FieldError>{std::move(refused)});
}

std::string_view weakness(Pattern pattern) {
  switch (pattern) {
    case Pattern::common_word:
      return "it is built on common words";
    case Pattern::disguised_word:
      return "it is a common word with digits or signs for letters";
    case Pattern::own_word:
      return "it is built on your address, your name or the name of this site";
    case Pattern::repeat:
      return "it repeats the same characters";
    case Pattern::sequence:
      return "it follows a sequence such as abcd or 4321";
    case Pattern::keyboard:
      return "it follows the keys of the keyboard";
    case Pattern::date:
      return "it is built on a date or a year";
    case Pattern::none:
      break;
  }
  return "it has too little variety";
}

}  // namespace

PasswordPolicy::PasswordPolicy(HashingPool& pool, const CompromisedPasswords& compromised, Options options)
    : pool_(pool), compromised_(compromised), options_(std::move(options)) {
  add_words(options_.site_words, "secureauth");
}

Result<void> PasswordPolicy::check_length(const Password& password) const {
  if (auto refused = judge_length(password, "password")) return as_error(*std::move(refused));
  return {};
}

net::awaitable<Result<void>> PasswordPolicy::check(Password password, PasswordOwner owner, std::string field) const {
  auto assessed = co_await assess(std::move(password), std::move(owner), std::move(field));
  if (!assessed) co_return assessed.error();
  if (auto& refused = assessed->refusal) co_return as_error(*std::move(refused));
  co_return Result<void>();
}

net::awaitable<Result<PasswordPolicy::Assessment>> PasswordPolicy::assess(Password password, PasswordOwner owner,
                                                                          std::string field) const {
  if (auto refused = judge_length(password, field)) co_return Assessment{std::move(refused), {}};
  auto work = [&] { return judge(password, owner, field); };  // owns nothing: this frame outlives the job
  co_return co_await pool_.run(work);
}

std::optional<FieldError> PasswordPolicy::judge_length(const Password& password, std::string_view field) const {
  const auto text = password.bytes().reveal();
  if (text.size() > kMostBytes) return refusal(field, "too_long", "The password must be at most 1024 bytes long.");
  if (unicode::code_points(text) < options_.min_code_points) {
    return refusal(field, "too_short",
                   "The password must be at least " + std::to_string(options_.min_code_points) + " characters long.");
  }
  return std::nullopt;
}

PasswordPolicy::Assessment PasswordPolicy::judge(const Password& password, const PasswordOwner& owner,
                                                 std::string_view field) const {
  auto words = options_.site_words;
  for (auto& word : words_of(owner)) words.push_back(std::move(word));
  {
    const Wiped folded(unicode::fold_case(password.bytes().reveal()).value_or(""));
    if (is_mostly(folded.text, words)) {
      return {refusal(field, "own_data",
                      "The password is mostly your address, your name or the name of this site. Choose one that has "
                      "nothing to do with them, such as four unrelated words."),
              {}};
    }
  }
  const auto known = compromised_.find(password);
  if (known == CompromisedPasswords::Why::common) {
    return {refusal(field, "too_common",
                    "The password is, apart from digits and signs, one of the most common ones, which are guessed "
                    "first. Choose something else, such as four unrelated words."),
            {}};
  }
  if (known == CompromisedPasswords::Why::breached) {
    return {refusal(field, "breached",
                    "The password has appeared in a data breach, so that attackers have it. Choose another one, and "
                    "change it wherever else you use it."),
            {}};
  }
  const auto strength = estimate_strength(password, words);
  if (strength.score < options_.min_score) {
    return {refusal(field, "too_weak",
                    "The password is easy to guess: " + std::string(weakness(strength.pattern)) +
                        ". Make it longer with words or characters that have nothing to do with each other."),
            strength};
  }
  return {std::nullopt, strength};
}

}  // namespace secureauth::passwords
