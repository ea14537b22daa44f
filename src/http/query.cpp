#include "http/query.hpp"

#include <boost/url/params_view.hpp>
#include <boost/url/parse_query.hpp>

#include <charconv>

namespace secureauth::http {
namespace {

constexpr int kUsualLimit = 50;
constexpr int kMostLimit = 200;

}  // namespace

Result<Query> Query::parse(const Request& request) {
  Query query;
  if (request.query.empty()) return query;
  const auto parsed = boost::urls::parse_query(request.query);
  if (!parsed) return Error(ErrorCode::invalid_request, "The query is malformed.");
  for (const auto& parameter : boost::urls::params_view(*parsed)) {
    const auto fresh = query.parameters_.emplace(std::string(parameter.key), std::string(parameter.value)).second;
    if (!fresh) return Error(ErrorCode::invalid_request, "A query parameter was sent twice.");
  }
  return query;
}

std::optional<std::string> Query::text(std::string_view name) const {
  const auto found = parameters_.find(name);
  if (found == parameters_.end()) return std::nullopt;
  return found->second;
}

Result<int> Query::limit() const {
  const auto given = text("limit");
  if (!given) return kUsualLimit;
  int limit = 0;
  const auto [end, ec] = std::from_chars(given->data(), given->data() + given->size(), limit);
  const bool whole = ec == std::errc{} && end == given->data() + given->size();
  if (whole && limit >= 1 && limit <= kMostLimit) return limit;
  return Error(std::vector<FieldError>{{"limit", "out_of_range", "The limit must be a number from 1 to 200."}});
}

}  // namespace secureauth::http
