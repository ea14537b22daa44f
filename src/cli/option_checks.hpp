#pragma once

#include <CLI/CLI.hpp>

/// What lets the parser refuse a value that makes no sense: wrong usage, before anything is opened.
namespace secureauth::cli {

/// A time, or a day (times.hpp).
[[nodiscard]] CLI::Validator is_time();
/// An audit event's name, or the beginning of names (`login.*`).
[[nodiscard]] CLI::Validator is_event();
/// An account's or session's id.
[[nodiscard]] CLI::Validator is_id();

}  // namespace secureauth::cli
