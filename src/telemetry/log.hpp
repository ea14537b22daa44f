#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

/// The service's log: one line an event, on standard error. Text for a terminal, JSON lines otherwise; where that is
/// the journal, each with its priority in front. Values are escaped (control and bidi characters, invalid UTF-8), so
/// that no client can forge a line or repaint a terminal (ASVS 16.4.1). Never pass a secret. Thread-safe.
namespace secureauth::telemetry {

enum class Level { debug, info, warning, error };

struct Field {
  std::string_view name;  ///< a literal, lower_snake_case
  std::variant<std::string_view, std::int64_t, double> value;

  Field(std::string_view n, std::string_view v) : name(n), value(v) {}
  Field(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
  Field(std::string_view n, double v) : name(n), value(v) {}
  Field(std::string_view n, std::int64_t v) : name(n), value(v) {}
  Field(std::string_view n, int v) : name(n), value(std::int64_t{v}) {}
  Field(std::string_view n, unsigned v) : name(n), value(std::int64_t{v}) {}
  Field(std::string_view n, std::uint64_t v) : name(n), value(static_cast<std::int64_t>(v)) {}
};

/// Chooses level and form once, at start. Until then warnings and errors go out as text.
void start_logging(Level least, bool json);

/// Whether lines of this level are written: ask before composing an expensive one.
[[nodiscard]] bool logs(Level level);

void log(Level level, std::string_view message, std::initializer_list<Field> fields = {});

/// Writes out what is buffered; called at shutdown. Warnings and errors are written at once, others within a second.
void flush_log();

/// `text` with control and bidi characters and broken UTF-8 as \uXXXX and quotes and backslashes escaped: the inside
/// of a JSON string.
[[nodiscard]] std::string escape(std::string_view text);

}  // namespace secureauth::telemetry
