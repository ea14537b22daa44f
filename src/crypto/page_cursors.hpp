#pragma once

#include "crypto/rotating_key.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace secureauth::crypto {

/// Cursors of keyset pages: where the next page begins, signed for one list of one owner on this site, so that a
/// changed one, or one of another list or owner, is refused before it means anything (ASVS 9.1.1, 9.2.2). Thread-safe.
class PageCursors {
 public:
  PageCursors(const RotatingKey& secret_key, std::string_view site);

  [[nodiscard]] std::string issue(std::string_view list, std::string_view owner, std::string_view position) const;

  /// The position, unless the cursor was not issued for this list and owner.
  [[nodiscard]] std::optional<std::string> read(std::string_view list, std::string_view owner,
                                                std::string_view cursor) const;

 private:
  DerivedKeys keys_;
};

}  // namespace secureauth::crypto
