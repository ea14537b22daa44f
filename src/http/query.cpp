#include "http/query.hpp"

#include <boost/url/pct_string_view.hpp>

#include <algorithm>
#include <charconv>

namespace secureauth::http {
namespace {

constexpr int kUsualLimit = 50;
constexpr int kMostLimit = 200;

std::optional<std::string> decoded(std::string_view text) {
  const auto encoded = boost::urls::make_pct_string_view(text);
  if (!encoded) return std::nullopt;
  boost::urls::encoding_opts options;
  options.space_as_plus = true;
  return encoded->decode(options);
}

}  // namespace

// Split here and only decoded by Boost.URL: 1.81's params_view runs past the end of a view that is part of a longer
// text, as a query in a request's head is.
Result<Query> Query::parse(std::string_view text) {
  Query query;
  auto rest = text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto parameter = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto equals = std::min(parameter.find('='), parameter.size());
    const auto name = decoded(parameter.substr(0, equals));
    const auto value = decoded(parameter.substr(std::min(equals + 1, parameter.size())));
    if (!name || !value) return Error(ErrorCode::invalid_request, "The query is malformed.");
    const auto fresh = query.parameters_.emplace(*name, *value).second;
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
