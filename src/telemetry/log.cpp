#include "telemetry/log.hpp"

#include "telemetry/metrics.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <utf8proc.h>

#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>

namespace secureauth::telemetry {
namespace {

constexpr std::size_t kMostBytesOfAValue = 1024;

/// Whether standard error leads straight to the journal, which then says so: JOURNAL_STREAM names its device and inode.
/// Source: systemd.exec(5), JOURNAL_STREAM.
bool stderr_is_journal() {
  const char* const named = std::getenv("JOURNAL_STREAM");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  struct stat found{};
  if (named == nullptr || ::fstat(STDERR_FILENO, &found) != 0) return false;
  return named == std::to_string(found.st_dev) + ':' + std::to_string(found.st_ino);
}

/// What stands before a line for the journal, which keeps it as the entry's priority. Source: sd-daemon(3).
std::string_view priority_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::debug:
      return "<7>";
    case spdlog::level::info:
      return "<6>";
    case spdlog::level::warn:
      return "<4>";
    default:
      return "<3>";
  }
}

/// Standard error through stdio's buffer: one write() a batch instead of one a line, which a busy core can feel.
class BufferedStderr final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  BufferedStderr() { std::setvbuf(stderr, nullptr, _IOFBF, std::size_t{64} * 1024); }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    const auto priority = journal_ ? priority_of(message.level) : std::string_view();
    std::fwrite(priority.data(), 1, priority.size(), stderr);
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
  void flush_() override { std::fflush(stderr); }

 private:
  const bool journal_ = stderr_is_journal();
};

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

struct Output {
  std::shared_ptr<spdlog::logger> logger;
  bool json = false;

  Output() : logger(std::make_shared<spdlog::logger>("secureauth", std::make_shared<BufferedStderr>())) {
    logger->flush_on(spdlog::level::warn);
    logger->set_level(spdlog::level::warn);
    set_pattern(false);
  }
  void set_pattern(bool as_json) {
    json = as_json;
    const char* pattern = as_json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l",%v})" : "%H:%M:%S.%e %-7l %v";
    logger->set_pattern(pattern, as_json ? spdlog::pattern_time_type::utc : spdlog::pattern_time_type::local);
  }
};

Output& output() {
  static Output instance;
  return instance;
}

bool is_bidi_or_control(utf8proc_int32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200e && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

void append_escaped(std::string_view text, std::string& out) {
  text = text.substr(0, kMostBytesOfAValue);
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    if (c >= 0x20 && c < 0x7f) {  // the usual case
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(static_cast<char>(c));
      text.remove_prefix(1);
      continue;
    }
    utf8proc_int32_t code_point = -1;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                         static_cast<utf8proc_ssize_t>(text.size()), &code_point);
    if (length <= 0) {
      out += "\\ufffd";
      text.remove_prefix(1);
      continue;
    }
    if (is_bidi_or_control(code_point)) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(code_point));
    } else {
      out.append(text.substr(0, static_cast<std::size_t>(length)));
    }
    text.remove_prefix(static_cast<std::size_t>(length));
  }
}

void append_value(const Field& field, std::string& out) {
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    fmt::format_to(std::back_inserter(out), "{}", *number);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    fmt::format_to(std::back_inserter(out), "{:.3f}", *real);
  } else {
    out.push_back('"');
    append_escaped(std::get<std::string_view>(field.value), out);
    out.push_back('"');
  }
}

}  // namespace

void start_logging(Level least, bool json) {
  output().set_pattern(json);
  output().logger->set_level(to_spdlog(least));
  spdlog::register_logger(output().logger);  // so that flush_every reaches it
  spdlog::flush_every(std::chrono::seconds(1));
}

bool logs(Level level) {
  return output().logger->should_log(to_spdlog(level));
}

void log(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (!logs(level)) return;
  const bool json = output().json;
  std::string line;
  line.reserve(256);
  if (json) line += "\"message\":\"";
  append_escaped(message, line);
  if (json) line.push_back('"');
  for (const auto& field : fields) {
    if (field.name.empty()) continue;
    if (json) {
      line += ",\"";
      line += field.name;
      line += "\":";
    } else {
      line.push_back(' ');
      line += field.name;
      line.push_back('=');
    }
    append_value(field, line);
  }
  metrics().log_lines.add(name_of(level));
  output().logger->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

void flush_log() {
  output().logger->flush();
}

std::string escape(std::string_view text) {
  std::string out;
  append_escaped(text, out);
  return out;
}

}  // namespace secureauth::telemetry
