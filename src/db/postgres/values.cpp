#include "db/postgres/values.hpp"

#include <charconv>
#include <cstring>
#include <stdexcept>
#include <string_view>

namespace secureauth::db::postgres {
namespace {

constexpr int kText = 0;
constexpr int kBinary = 1;

// Types by their number in pg_type.dat, which never changes.
enum : Oid { kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kTimestamptz = 1184 };

std::int64_t read_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{} || end != text.data() + text.size()) throw std::logic_error("PostgreSQL sent no integer");
  return value;
}

int hex_digit(char c) {
  return c <= '9' ? c - '0' : c - 'a' + 10;
}

// `\x` and two lower-case digits a byte (bytea_output = hex).
Bytes read_bytes(std::string_view text) {
  if (!text.starts_with("\\x") || text.size() % 2 != 0) throw std::logic_error("PostgreSQL sent no bytea in hex");
  Bytes bytes;
  bytes.reserve(text.size() / 2 - 1);
  for (std::size_t i = 2; i < text.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(hex_digit(text[i]) * 16 + hex_digit(text[i + 1])));
  }
  return bytes;
}

// "2026-01-31 12:00:00.25+00" → "2026-01-31T12:00:00.250000Z"
std::string read_time(std::string_view text) {
  constexpr std::string_view kUtc = "+00";
  constexpr std::size_t kToSeconds = std::string_view("YYYY-MM-DD HH:MM:SS").size();
  constexpr std::size_t kWhole = kToSeconds + std::string_view(".ffffff").size();
  if (!text.ends_with(kUtc) || text.size() < kToSeconds) return std::string(text);  // infinity, or before Christ
  text.remove_suffix(kUtc.size());
  std::string time(text);
  time[10] = 'T';
  if (time.size() == kToSeconds) time += '.';
  time.resize(std::max(time.size(), kWhole), '0');
  return time + 'Z';
}

Value read_column(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) == 1) return nullptr;
  const std::string_view text(PQgetvalue(result, row, column),
                              static_cast<std::size_t>(PQgetlength(result, row, column)));
  switch (PQftype(result, column)) {
    case kBool:
      return std::int64_t{text == "t" ? 1 : 0};
    case kInt2:
    case kInt4:
    case kInt8:
      return read_integer(text);
    case kBytea:
      return read_bytes(text);
    case kTimestamptz:
      return read_time(text);
    default:
      return std::string(text);
  }
}

// "INSERT 0 3", "UPDATE 3", "DELETE 3"; a SELECT's tag counts what it returned, which is not `affected`.
std::size_t affected_rows(PGresult* result) {
  if (std::string_view(PQcmdStatus(result)).starts_with("SELECT")) return 0;
  const std::string_view count = PQcmdTuples(result);
  return count.empty() ? 0 : static_cast<std::size_t>(read_integer(count));
}

}  // namespace

EncodedParams::EncodedParams(const Params& params) {
  for (const auto& value : params.values()) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      const auto& text = numbers_.emplace_back(std::to_string(*number));
      add(text.c_str(), text.size(), kText);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      if (text->find('\0') != std::string::npos) throw std::logic_error("a text to be stored holds a zero byte");
      add(text->c_str(), text->size(), kText);
    } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
      // An empty vector may have no address, which libpq would take for NULL.
      add(bytes->empty() ? "" : reinterpret_cast<const char*>(bytes->data()), bytes->size(), kBinary);
    } else {
      add(nullptr, 0, kText);
    }
  }
}

void EncodedParams::add(const char* value, std::size_t length, int format) {
  values_.push_back(value);
  lengths_.push_back(static_cast<int>(length));
  formats_.push_back(format);
}

Rows decode(const PGresult* result) {
  Rows rows;
  const int columns = PQnfields(result);
  const int count = PQntuples(result);
  rows.rows.reserve(static_cast<std::size_t>(count));
  for (int row = 0; row < count; ++row) {
    std::vector<Value> values;
    values.reserve(static_cast<std::size_t>(columns));
    for (int column = 0; column < columns; ++column) values.push_back(read_column(result, row, column));
    rows.rows.emplace_back(std::move(values));
  }
  // libpq reads the command's tag through a pointer that it forgot to call const.
  rows.affected = affected_rows(const_cast<PGresult*>(result));
  return rows;
}

}  // namespace secureauth::db::postgres
