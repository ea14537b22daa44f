#pragma once

#include "audit/chain_check.hpp"
#include "audit/entry_row.hpp"
#include "audit/finding.hpp"
#include "audit/log_store.hpp"
#include "audit/signed_head.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::audit {

/// A part of the log in a file: JSON lines that can be verified without a database. The first line says where it
/// begins (`after`: the head before it and that tree's peaks; null at the log's beginning), then come whole batches:
/// `{"entry": …}` a line in the order of the tree, and `{"batch": …}` with the signed head that they end with.
namespace segment {

/// `anchor` has no leaves.
[[nodiscard]] boost::json::object first_line(const std::optional<Batch>& anchor);
[[nodiscard]] boost::json::object entry_line(const EntryRow& row);
[[nodiscard]] boost::json::object batch_line(const Batch& batch);
/// As it stands in the file, with the line break.
[[nodiscard]] std::string text_of(const boost::json::object& line);

struct Report {
  std::optional<Finding> finding;          ///< the first, its words beginning with the number of the line
  std::optional<SignedHead> begins_after;  ///< none: at the log's beginning
  std::optional<SignedHead> ends_with;
  std::uint64_t entries = 0;
  std::vector<Finding> replaced;  ///< published heads that speak of other entries
};
/// Recomputes a file's part of the tree. `keys`: the service's, to check MACs, too; null: they are covered by the
/// signed root alone. `published`: heads, their signatures checked; those that speak of where the file begins, of where
/// it ends or of what is between are compared.
[[nodiscard]] Report verify(std::istream& in, const HeadVerifier& heads, const AuditKeys* keys,
                            std::vector<SignedHead> published = {});

}  // namespace segment
}  // namespace secureauth::audit
