#include "mfa/webauthn/statement.hpp"

#include "mfa/webauthn/certificate_fields.hpp"

#include <algorithm>

namespace secureauth::webauthn {
namespace {

constexpr std::size_t kMostCertificates = 8;  // Android's chains, the longest known, have five or six

Verdict<void> check_members(const cbor::Value& statement, const Syntax& syntax) {
  std::size_t known = syntax.required.size();
  for (const auto name : syntax.required) {
    if (statement.find(name) == nullptr) return refuse_statement("the statement has no " + std::string(name));
  }
  for (const auto name : syntax.optional) known += statement.find(name) == nullptr ? 0 : 1;
  if (statement.size() != known) return refuse_statement("the statement has a member that its format does not know");
  return {};
}

Verdict<CoseAlgorithm> read_algorithm(const cbor::Value& value) {
  const auto number = value.integer();
  if (!number) return refuse_statement("alg is not an integer");
  const auto algorithm = cose_algorithm_from(*number);
  if (!algorithm) return refuse_statement("alg " + std::to_string(*number) + " is not accepted");
  return *algorithm;
}

Verdict<std::vector<Certificate>> read_path(const cbor::Value& value) {
  if (!value.is_array() || value.size() == 0) return refuse_statement("x5c is not an array with something in it");
  if (value.size() > kMostCertificates) {
    return refuse_statement("x5c has " + std::to_string(value.size()) + " certificates");
  }
  std::vector<Certificate> path;
  for (const auto& item : value.items()) {
    const auto der = item.bytes();
    auto certificate = der ? Certificate::parse(*der) : std::nullopt;
    const auto place = "certificate " + std::to_string(path.size()) + " of x5c ";
    if (!certificate) return refuse_statement(place + "is not one X.509 certificate in DER");
    if (const auto why = unfitness(*certificate)) return refuse_statement(place + std::string(*why));
    path.push_back(*std::move(certificate));
  }
  return path;
}

}  // namespace

Verdict<StatementParts> read_statement(std::span<const std::byte> cbor, const Syntax& syntax) {
  auto members = cbor::read(cbor);
  if (!members) return refuse_statement("the statement is " + members.error());
  if (!members->is_map()) return refuse_statement("the statement is not a map");
  if (const auto known = check_members(*members, syntax); !known) return known.error();

  StatementParts statement{.members = *std::move(members), .algorithm = {}, .signature = {}, .path = {}};
  if (const auto* alg = statement.members.find("alg")) {
    const auto algorithm = read_algorithm(*alg);
    if (!algorithm) return algorithm.error();
    statement.algorithm = *algorithm;
  }
  if (const auto* sig = statement.members.find("sig")) {
    const auto signature = sig->bytes();
    if (!signature || signature->empty()) return refuse_statement("sig is not a byte string with something in it");
    statement.signature = *signature;
  }
  if (const auto* x5c = statement.members.find("x5c")) {
    auto path = read_path(*x5c);
    if (!path) return path.error();
    statement.path = *std::move(path);
  }
  return statement;
}

std::vector<std::byte> signed_data(const AttestationSubject& subject) {
  std::vector<std::byte> data(subject.authenticator_data.begin(), subject.authenticator_data.end());
  data.insert(data.end(), subject.client_data_hash.begin(), subject.client_data_hash.end());
  return data;
}

}  // namespace secureauth::webauthn
