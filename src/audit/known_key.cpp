#include "audit/known_key.hpp"

#include "audit/log_store.hpp"
#include "core/unicode.hpp"
#include "db/unexpected_type.hpp"

#include <string>

namespace secureauth::audit {
namespace {

constexpr std::size_t kMostOfAnId = 16;  // somebody may have written it who is not believed

net::awaitable<std::optional<Batch>> newest_head(db::Executor& database) {
  try {
    auto newest = co_await log_store::newest(database);
    co_return newest;
  } catch (const db::UnexpectedType&) {
    co_return std::nullopt;
  }
}

}  // namespace

net::awaitable<void> check_key_is_known(db::Executor& database, const HeadVerifier& heads) {
  const auto newest = co_await newest_head(database);
  if (!newest || heads.check(newest->head) != HeadVerifier::Verdict::foreign_key) co_return;
  throw KeyNotKnown(
      "the audit log's newest head is signed by key " + unicode::one_line(newest->head.key_id, kMostOfAnId) +
      ", which is in neither AUDIT_KEY nor AUDIT_KEYS_OLD: what is recorded now could not be sealed. Give "
      "that key back; where it is lost, see `secureauth audit begin-anew` (docs/keys.md)");
}

}  // namespace secureauth::audit
