#include "tokens/recent_tokens.hpp"

#include <utility>

namespace secureauth::tokens {

std::optional<std::string> RecentTokens::find(const sessions::Session& session, const std::string& audience,
                                              Timestamp now) const {
  const auto key = key_of(session, audience);
  const auto& of = shard(key);
  const std::scoped_lock lock(of.mutex);
  const auto found = of.tokens.find(key);
  if (found == of.tokens.end()) return std::nullopt;
  const auto& kept = found->second;
  const bool still_so = kept.role == session.user.role && kept.assurance.aal == session.assurance.aal &&
                        kept.assurance.auth_time == session.assurance.auth_time &&
                        kept.assurance.amr == session.assurance.amr;
  if (!still_so || now >= kept.renewal) return std::nullopt;
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
  of.tokens.insert_or_assign(
      std::move(key),
      Kept{.token = std::move(token), .role = session.user.role, .assurance = session.assurance, .renewal = renewal});
}

}  // namespace secureauth::tokens
