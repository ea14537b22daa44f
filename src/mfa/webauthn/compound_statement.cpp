#include "mfa/webauthn/statement.hpp"

#include <algorithm>

namespace secureauth::webauthn {
namespace {

constexpr std::size_t kFewestParts = 2;
constexpr std::size_t kMostParts = 4;  // each costs signatures to check

Verdict<Attestation> verify_part(const cbor::Value& part, const AttestationSubject& subject) {
  const auto format = part.find_text("fmt");
  const auto* statement = part.find("attStmt");
  if (!format || statement == nullptr || part.size() != 2) {
    return refuse_statement("a part of the compound is not a map of fmt and attStmt");
  }
  if (*format == "compound") return refuse_statement("a part of the compound is a compound");
  if (const auto known = check_format(*format); !known) return refuse_statement(known.error().detail);
  return verify_statement(*format, statement->encoded(), subject);
}

bool comes_before(const cbor::Value& part, std::span<const cbor::Value> parts) {
  const auto same = [&part](const cbor::Value& other) { return std::ranges::equal(other.encoded(), part.encoded()); };
  return &*std::ranges::find_if(parts, same) != &part;
}

}  // namespace

// §8.9 leaves it to policy how many statements must hold. Here: every one.
Verdict<Attestation> verify_compound(std::span<const std::byte> statement, const AttestationSubject& subject) {
  const auto parts = cbor::read(statement);
  if (!parts) return refuse_statement("the statement is " + parts.error());
  if (!parts->is_array() || parts->size() < kFewestParts || parts->size() > kMostParts) {
    return refuse_statement("a compound is an array of two to four statements");
  }
  Attestation compound{.type = AttestationType::certified, .format = {}, .path = {}};
  for (const auto& part : parts->items()) {
    // Two that are the same prove no more than one.
    if (comes_before(part, parts->items())) return refuse_statement("the compound holds a statement twice");
    auto verified = verify_part(part, subject);
    if (!verified) return verified.error();
    compound.type = std::min(compound.type, verified->type);  // no more than its weakest part
    compound.parts.push_back(*std::move(verified));
  }
  return compound;
}

}  // namespace secureauth::webauthn
