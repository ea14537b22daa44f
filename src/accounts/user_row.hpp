#pragma once

#include "accounts/user.hpp"
#include "db/database.hpp"

#include <cstddef>

namespace secureauth::accounts {

/// Reads a User from kUserColumns columns of a row, from `first` on: id, email, name, email_verified_at, role, status,
/// created_at, locale, password_must_change, second_factors, factor_demanded_at. For statements of whatever feature
/// that select them in this order.
constexpr std::size_t kUserColumns = 11;
[[nodiscard]] User user_from(const db::Row& row, std::size_t first = 0);

}  // namespace secureauth::accounts
