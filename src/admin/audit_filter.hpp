#pragma once

#include "audit/audit_search.hpp"
#include "core/error.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace secureauth::admin {

/// Gives what was said for a name, or nothing where nothing was: a query's parameters, a command's options.
using NamedText = std::function<std::optional<std::string>(std::string_view name)>;

/// Reads `event`, `outcome`, `actor`, `subject`, `session`, `request_id`, `ip`, `from`, `to`. Fails with
/// validation_failed, naming every one that means nothing.
[[nodiscard]] Result<audit::SearchFilter> read_audit_filter(const NamedText& given);

/// The filter as one text: equal for equal filters, different for others.
[[nodiscard]] std::string canonical_text(const audit::SearchFilter& filter);

}  // namespace secureauth::admin
