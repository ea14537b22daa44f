#include "tokens/recent_tokens.hpp"

#include <utility>

namespace secureauth::tokens {

std::string RecentTokens::key_of(const sessions::Session& session, const std::string& audience) {
  const auto& assurance = session.assurance;
  auto key = session.id.text();  // no part has a blank
  key.append(" ").append(audience).append(" ").append(accounts::to_text(session.user.role));
  key.append(" ").append(std::to_string(assurance.aal));
  key.append(" ").append(std::to_string(assurance.auth_time.time_since_epoch().count()));
  for (const auto& method : assurance.amr) key.append(" ").append(method);
  return key;
}

std::optional<std::string> RecentTokens::find(const sessions::Session& session, const std::string& audience,
                                              Timestamp now) const {
  const auto key = key_of(session, audience);
  const auto& of = shard(key);
  const std::scoped_lock lock(of.mutex);
  const auto found = of.tokens.find(key);
  if (found == of.tokens.end()) return std::nullopt;
  const auto& kept = found->second;
  if (now >= kept.renewal) return std::nullopt;
  return kept.token;
}

void RecentTokens::keep(const sessions::Session& session, const std::string& audience, std::string token,
                        Timestamp renewal, Timestamp now) {
  auto key = key_of(session, audience);
  auto& of = shard(key);
  const std::scoped_lock lock(of.mutex);
  if (of.tokens.size() >= most_per_shard_) {
    std::erase_if(of.tokens, [now](const auto& entry) { return now >= entry.second.renewal; });
    if (of.tokens.size() >= most_per_shard_) of.tokens.clear();  // they are only signed anew
  }
  of.tokens.insert_or_assign(std::move(key), Kept{.token = std::move(token), .renewal = renewal});
}

}  // namespace secureauth::tokens
