#include "mfa/passkeys/passkey_store.hpp"

#include "accounts/user_row.hpp"
#include "passwords/password_hasher.hpp"

#include <algorithm>
#include <stdexcept>

namespace secureauth::mfa::passkey_store {
namespace {

// A credential has one owner, whoever offers it again (§7.1 step 26).
constexpr db::Statement kInsert{R"sql(
  INSERT INTO webauthn_credentials (id, user_id, credential_id, public_key, algorithm, sign_count, name, transports,
                                    aaguid, attestation_format, attestation_type, attested, user_verified,
                                    backup_eligible, backed_up, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
  ON CONFLICT (credential_id) DO NOTHING)sql"};

constexpr db::Statement kList{R"sql(
  SELECT id, user_id, credential_id, public_key, algorithm, sign_count, name, transports, aaguid, attestation_format,
         attestation_type, attested, user_verified, backup_eligible, backed_up, created_at, last_used_at
    FROM webauthn_credentials WHERE user_id = $1 ORDER BY id DESC)sql"};

constexpr db::Statement kListByAddress{R"sql(
  SELECT c.id, c.user_id, c.credential_id, c.public_key, c.algorithm, c.sign_count, c.name, c.transports, c.aaguid,
         c.attestation_format, c.attestation_type, c.attested, c.user_verified, c.backup_eligible, c.backed_up,
         c.created_at, c.last_used_at,
         u.id, u.email, u.name, u.email_verified_at, u.role, u.status, u.created_at, u.locale, u.password_must_change,
         u.second_factors, u.factor_demanded_at, u.email_key, u.password_version, u.factors_version, w.handle
    FROM users u JOIN webauthn_users w ON w.user_id = u.id JOIN webauthn_credentials c ON c.user_id = u.id
   WHERE u.email_key = $1 ORDER BY c.id DESC)sql"};

constexpr db::Statement kFind{R"sql(
  SELECT c.id, c.user_id, c.credential_id, c.public_key, c.algorithm, c.sign_count, c.name, c.transports, c.aaguid,
         c.attestation_format, c.attestation_type, c.attested, c.user_verified, c.backup_eligible, c.backed_up,
         c.created_at, c.last_used_at,
         u.id, u.email, u.name, u.email_verified_at, u.role, u.status, u.created_at, u.locale, u.password_must_change,
         u.second_factors, u.factor_demanded_at, u.email_key, u.password_version, u.factors_version, w.handle
    FROM webauthn_credentials c JOIN users u ON u.id = c.user_id JOIN webauthn_users w ON w.user_id = c.user_id
   WHERE c.credential_id = $1)sql"};

// By id and owner: somebody else's is as unknown as one that never was (ASVS 8.2.2).
constexpr db::Statement kRename{R"sql(
  UPDATE webauthn_credentials SET name = $3 WHERE id = $1 AND user_id = $2
  RETURNING id, user_id, credential_id, public_key, algorithm, sign_count, name, transports, aaguid,
            attestation_format, attestation_type, attested, user_verified, backup_eligible, backed_up, created_at,
            last_used_at)sql"};

constexpr db::Statement kErase{"DELETE FROM webauthn_credentials WHERE id = $1 AND user_id = $2"};
constexpr db::Statement kEraseSince{"DELETE FROM webauthn_credentials WHERE user_id = $1 AND created_at >= $2"};
constexpr db::Statement kEraseAll{"DELETE FROM webauthn_credentials WHERE user_id = $1"};

constexpr db::Statement kRecordUse{R"sql(
  UPDATE webauthn_credentials
     SET sign_count = $2, backed_up = $3, last_used_at = $5,
         user_verified = CASE WHEN $4 = 1 THEN 1 ELSE user_verified END
   WHERE id = $1 AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0)))sql"};

constexpr db::Statement kRecordDoubtfulUse{R"sql(
  UPDATE webauthn_credentials
     SET sign_count = CASE WHEN sign_count < $2 THEN $2 ELSE sign_count END, backed_up = $3, last_used_at = $5,
         user_verified = CASE WHEN $4 = 1 THEN 1 ELSE user_verified END
   WHERE id = $1)sql"};

constexpr db::Statement kKeepHandle{
    "INSERT INTO webauthn_users (user_id, handle) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING"};
constexpr db::Statement kHandle{"SELECT handle FROM webauthn_users WHERE user_id = $1"};

constexpr db::Statement kPasswordHash{"SELECT password_hash FROM users WHERE id = $1"};

constexpr std::size_t kPasskeyColumns = 17;

webauthn::AttestationType attestation_type_from(std::string_view text) {
  using enum webauthn::AttestationType;
  for (const auto type : {none, self, certified}) {
    if (to_text(type) == text) return type;
  }
  throw std::logic_error("unknown attestation type in the database");
}

webauthn::CoseAlgorithm algorithm_from(std::int64_t number) {
  const auto algorithm = webauthn::cose_algorithm_from(number);
  if (!algorithm) throw std::logic_error("unknown algorithm in the database");
  return *algorithm;
}

webauthn::Aaguid aaguid_of(const db::Bytes& bytes) {
  webauthn::Aaguid aaguid{};
  if (bytes.size() != aaguid.size()) throw std::logic_error("an AAGUID of another length in the database");
  std::ranges::copy(bytes, aaguid.begin());
  return aaguid;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

Passkey passkey_from(const db::Row& row) {
  return {.id = PasskeyId(row.text(0)),
          .user = UserId(row.text(1)),
          .credential_id = row.bytes(2),
          .public_key = row.bytes(3),
          .algorithm = algorithm_from(row.integer(4)),
          .sign_count = row.integer(5),
          .name = row.text(6),
          .transports = split(row.text(7)),
          .aaguid = aaguid_of(row.bytes(8)),
          .attestation_format = row.text(9),
          .attestation_type = attestation_type_from(row.text(10)),
          .attested = row.integer(11) != 0,
          .user_verified = row.integer(12) != 0,
          .backup_eligible = row.integer(13) != 0,
          .backed_up = row.integer(14) != 0,
          .created_at = row.time(15),
          .last_used_at = row.optional_time(16)};
}

OwnedPasskey owned_from(const db::Row& row) {
  constexpr auto kBehindUser = kPasskeyColumns + accounts::kUserColumns;
  return {.passkey = passkey_from(row),
          .account = {accounts::user_from(row, kPasskeyColumns), row.text(kBehindUser)},
          .user_handle = row.bytes(kBehindUser + 3),
          .password_version = row.integer(kBehindUser + 1),
          .factors_version = row.integer(kBehindUser + 2)};
}

db::Params params_of(PasskeyId id, const Use& use) {
  return db::Params(id.text(), use.sign_count, use.backed_up, use.user_verified, use.at);
}

}  // namespace

net::awaitable<bool> insert(db::Executor& database, Passkey passkey) {
  db::Params params(passkey.id.text(), passkey.user.text(), std::move(passkey.credential_id),
                    std::move(passkey.public_key), static_cast<int>(passkey.algorithm), passkey.sign_count,
                    std::move(passkey.name), joined(passkey.transports), passkey.aaguid,
                    std::move(passkey.attestation_format), to_text(passkey.attestation_type), passkey.attested,
                    passkey.user_verified, passkey.backup_eligible, passkey.backed_up, passkey.created_at);
  const auto result = co_await database.execute(kInsert, std::move(params));
  co_return result.affected == 1;
}

net::awaitable<std::vector<Passkey>> list(db::Executor& database, UserId user) {
  db::Params params(user.text());
  const auto rows = co_await database.execute(kList, std::move(params));
  std::vector<Passkey> passkeys;
  for (const auto& row : rows) passkeys.push_back(passkey_from(row));
  co_return passkeys;
}

net::awaitable<std::vector<OwnedPasskey>> list_by_address(db::Executor& database, std::string email_key) {
  db::Params params(std::move(email_key));
  const auto rows = co_await database.execute(kListByAddress, std::move(params));
  std::vector<OwnedPasskey> passkeys;
  for (const auto& row : rows) passkeys.push_back(owned_from(row));
  co_return passkeys;
}

net::awaitable<std::optional<OwnedPasskey>> find(db::Executor& database, std::vector<std::byte> credential_id) {
  db::Params params(std::move(credential_id));
  const auto rows = co_await database.execute(kFind, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  co_return owned_from(rows.front());
}

net::awaitable<std::optional<Passkey>> rename(db::Executor& database, UserId user, PasskeyId id, std::string name) {
  db::Params params(id.text(), user.text(), std::move(name));
  const auto rows = co_await database.execute(kRename, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  co_return passkey_from(rows.front());
}

net::awaitable<bool> erase(db::Executor& database, UserId user, PasskeyId id) {
  db::Params params(id.text(), user.text());
  const auto result = co_await database.execute(kErase, std::move(params));
  co_return result.affected == 1;
}

net::awaitable<bool> erase_since(db::Executor& database, UserId user, Timestamp since) {
  db::Params params(user.text(), since);
  const auto result = co_await database.execute(kEraseSince, std::move(params));
  co_return result.affected > 0;
}

net::awaitable<void> erase_all(db::Executor& database, UserId user) {
  db::Params params(user.text());
  co_await database.write(kEraseAll, std::move(params));
}

net::awaitable<bool> record_use(db::Executor& database, PasskeyId id, Use use) {
  auto params = params_of(std::move(id), use);
  const auto result = co_await database.execute(kRecordUse, std::move(params));
  co_return result.affected == 1;
}

net::awaitable<void> record_doubtful_use(db::Executor& database, PasskeyId id, Use use) {
  auto params = params_of(std::move(id), use);
  co_await database.write(kRecordDoubtfulUse, std::move(params));
}

net::awaitable<std::vector<std::byte>> user_handle(db::Executor& database, UserId user, std::vector<std::byte> fresh) {
  db::Params keep(user.text(), std::move(fresh));
  co_await database.write(kKeepHandle, std::move(keep));
  auto handle = co_await find_user_handle(database, std::move(user));
  if (!handle) throw std::logic_error("a user handle that was just kept is gone");
  co_return *std::move(handle);
}

net::awaitable<std::optional<std::vector<std::byte>>> find_user_handle(db::Executor& database, UserId user) {
  db::Params params(user.text());
  const auto rows = co_await database.execute(kHandle, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  co_return rows.front().bytes(0);
}

net::awaitable<bool> has_password(db::Executor& database, UserId user) {
  db::Params params(user.text());
  const auto rows = co_await database.execute(kPasswordHash, std::move(params));
  co_return !rows.empty() && rows.front().text(0) != passwords::kNoPassword;
}

}  // namespace secureauth::mfa::passkey_store
