#pragma once

#include "audit/recorded_entry.hpp"
#include "core/clock.hpp"
#include "core/id.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>
#include <vector>

/// Reading the audit log: newest first, a page at a time.
namespace secureauth::audit {

/// What an entry must be; nothing: anything.
struct SearchFilter {
  std::optional<std::string> event = {};    ///< its name
  std::optional<std::string> outcome = {};  ///< success, failure
  std::optional<UserId> actor = {};
  std::optional<UserId> subject = {};
  std::optional<SessionId> session = {};
  std::optional<std::string> request_id = {};
  std::optional<std::string> ip = {};
  std::optional<Timestamp> from = {};  ///< then or later
  std::optional<Timestamp> to = {};    ///< before
};

/// Whether a filter lets an entry through that was read by another way.
[[nodiscard]] bool lets_through(const SearchFilter& filter, const RecordedEntry& entry);

/// The entry that a page ended with, found or passed over: the next page is behind it.
struct SearchPosition {
  std::string at;
  std::string id;
};

struct SearchPage {
  std::vector<RecordedEntry> entries;
  std::optional<SearchPosition> next = {};  ///< nothing: there are no more
};

/// At most `limit` entries behind `after` (nothing: from the newest). Each statement passes over a thousand entries at
/// most, and a call over `kMostPassed`: what is rare may need several pages, of which some are short or empty.
/// `database` must outlive the call.
inline constexpr int kMostPassed = 50'000;
net::awaitable<SearchPage> search(db::Executor& database, SearchFilter filter, std::optional<SearchPosition> after,
                                  int limit);

}  // namespace secureauth::audit
