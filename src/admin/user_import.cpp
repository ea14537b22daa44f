#include "admin/user_import.hpp"

#include "admin/command_line.hpp"
#include "admin/user_record_store.hpp"
#include "crypto/uuid.hpp"

#include <algorithm>

namespace secureauth::admin {
namespace {

using user_record_store::Fate;

constexpr std::size_t kLongestLine = 65536;
constexpr std::size_t kRecordsToATransaction = 1000;
constexpr std::size_t kLinesToATransaction = 20000;  // where most are refused: to be heard of, and to be interrupted

/// Lines of bounded length, numbered from 1.
class LineReader {
 public:
  explicit LineReader(std::istream& in) : in_(in), buffer_(kLongestLine + 1, '\0') {}

  /// The next line without its break; false at the end. The rest of one that is too long is skipped in pieces: while
  /// in_the_midst(), what it gives is a blank.
  bool next() {
    if (in_the_midst_) return skip_piece();
    in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    auto size = static_cast<std::size_t>(in_.gcount());
    if (size == 0 && in_.eof()) return false;
    bytes_ += size;
    too_long_ = in_.fail() && !in_.eof();
    if (too_long_) {
      in_.clear();
      in_the_midst_ = true;
    } else if (!in_.eof()) {
      --size;  // the break is counted
    }
    text_ = std::string_view(buffer_).substr(0, size);
    ++number_;
    return true;
  }

  [[nodiscard]] bool in_the_midst() const { return in_the_midst_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] bool too_long() const { return too_long_; }
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  bool skip_piece() {
    for (int i = 0; i < kBuffersToAPiece && in_the_midst_; ++i) {
      in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
      bytes_ += static_cast<std::uint64_t>(in_.gcount());
      in_the_midst_ = in_.fail() && !in_.eof();
      if (in_the_midst_) in_.clear();
    }
    too_long_ = false;
    text_ = {};
    return true;
  }

  static constexpr int kBuffersToAPiece = 256;

  std::istream& in_;
  std::string buffer_;
  std::string_view text_;
  bool too_long_ = false;
  bool in_the_midst_ = false;
  std::uint64_t number_ = 0;
  std::uint64_t bytes_ = 0;
};

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

struct UserImport::Batch {
  std::vector<std::uint64_t> lines;  ///< of each record
  std::vector<UserRecord> records;
};

net::awaitable<UserImport::Counts> UserImport::operator()(Run run) {
  Counts counts;
  LineReader reader(run.lines);
  bool more = true;
  while (more) {
    Batch batch;
    std::size_t read = 0;
    while (batch.records.size() < kRecordsToATransaction && read < kLinesToATransaction && (more = reader.next())) {
      if (reader.in_the_midst() && !reader.too_long()) break;  // a line without end can be interrupted
      if (reader.number() < run.from_line) continue;
      ++read;
      counts.line = reader.number();
      counts.bytes = reader.bytes();
      if (reader.too_long()) {
        ++counts.refused;
        run.on_refused(counts.line, "The line is longer than 64 KiB.");
      } else if (!is_blank(reader.text())) {
        add(batch, reader.text(), run, counts);
      }
    }
    if (!batch.records.empty()) co_await keep(batch, run, counts);
    if ((read > 0 || reader.in_the_midst()) && !run.go_on(counts)) co_return counts;
  }
  co_return counts;
}

void UserImport::add(Batch& batch, std::string_view text, const Run& run, Counts& counts) const {
  const auto now = parts_.clock.now();
  auto record = parse_user_record(text, now);
  auto usable = record ? Result<void>() : Result<void>(record.error());
  if (record && record->password_hash) usable = parts_.hasher.check(*record->password_hash);
  if (!usable) {
    ++counts.refused;
    run.on_refused(counts.line, usable.error().fields.front().message);
    return;
  }
  if (!record->id) record->id = UserId(crypto::uuid_v7(parts_.random, now));
  batch.lines.push_back(counts.line);
  batch.records.push_back(*std::move(record));
}

net::awaitable<void> UserImport::keep(Batch& batch, const Run& run, Counts& counts) {
  std::vector<Fate> fates;
  std::int64_t added = 0;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    fates = co_await user_record_store::insert(tx, &batch.records, parts_.clock.now());
    added = std::ranges::count(fates, Fate::added);
    if (added == 0) co_return Result<void>{};
    audit::Entry entry{.event = audit::Event::users_imported, .client = command_line(), .details = {{"count", added}}};
    co_await parts_.audit.record(tx, std::move(entry));
    co_return Result<void>{};
  };
  co_await parts_.database.transaction(body);
  counts.imported += static_cast<std::uint64_t>(added);
  for (std::size_t i = 0; i < fates.size(); ++i) {
    if (fates[i] == Fate::address_taken) ++counts.skipped;
    if (fates[i] != Fate::id_taken) continue;
    ++counts.refused;
    run.on_refused(batch.lines[i], "The id belongs to the account of another address.");
  }
}

}  // namespace secureauth::admin
