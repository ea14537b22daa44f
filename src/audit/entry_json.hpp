#pragma once

#include "audit/entry_row.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace secureauth::audit {

/// An entry outside of the database, such that its leaf can be computed again: `details` is the text of its JSON
/// object, byte for byte, `mac` base64 or null.
[[nodiscard]] boost::json::object as_json(const EntryRow& row);

/// What as_json() made, read back. Owns what text() points to.
class EntryFromJson {
 public:
  /// Nothing where a member is missing or not of its form.
  [[nodiscard]] static std::optional<EntryFromJson> read(const boost::json::value& json);

  [[nodiscard]] EntryRow row() const;
  [[nodiscard]] crypto::Sha256 leaf() const;

 private:
  boost::json::object object_;
  std::vector<std::byte> mac_;
};

}  // namespace secureauth::audit
