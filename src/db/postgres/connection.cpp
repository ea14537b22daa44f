#include "db/postgres/connection.hpp"

#include <algorithm>

namespace secureauth::db::postgres {
namespace {

constexpr int kTextResults = 0;

bool is_error(ExecStatusType status) {
  return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE || status == PGRES_NONFATAL_ERROR;
}

/// The server's last word, after which it runs nothing. A pooler's (class 08) says nothing about what was run.
bool is_goodbye(const PGresult* result) {
  const auto field = [result](int code) {
    const char* text = PQresultErrorField(result, code);
    return std::string_view(text == nullptr ? "" : text);
  };
  const auto severity = field(PG_DIAG_SEVERITY_NONLOCALIZED);
  return (severity == "FATAL" || severity == "PANIC") && !field(PG_DIAG_SQLSTATE).starts_with("08");
}

}  // namespace

net::awaitable<Outcome> Connection::run(std::vector<Call> batch) {
  std::vector<EncodedParams> params;
  params.reserve(batch.size());
  for (const auto& call : batch) params.emplace_back(call.params);

  Outcome outcome;
  bool sent = false;
  const bool usable = is_usable();
  in_use_ = true;
  try {
    if (!usable) throw WireLost("the server closed it", false);
    wire_->arm(std::chrono::steady_clock::now() + patience_);
    sent = true;
    send(batch, params);
    co_await flush();
    co_await receive(batch.size(), &outcome);
    in_use_ = false;
  } catch (const WireLost& lost) {
    lost_ = true;
    if (!outcome.failure) {
      outcome.failure.emplace();
      outcome.failure->sent = sent;
      outcome.failure->frozen = lost.frozen;
      outcome.failure->message = std::string("the connection to PostgreSQL was lost: ") + lost.what();
    }
  }
  wire_->disarm();
  steps_.clear();
  if (outcome.failure) std::erase_if(statements_, [](const auto& entry) { return !entry.second.ready; });
  co_return outcome;
}

void Connection::require(int libpq_success) const {
  if (libpq_success != 1) throw WireLost(one_line(PQerrorMessage(wire_->handle())), false);
}

Connection::Prepared& Connection::prepared(Statement statement) {
  auto& entry = statements_[{statement.sql.data(), statement.sql.size()}];
  if (entry.sql != statement.sql) {
    entry = {.name = "s" + std::to_string(++names_), .sql = std::string(statement.sql), .ready = false};
  }
  return entry;
}

void Connection::send(const std::vector<Call>& batch, const std::vector<EncodedParams>& params) {
  auto* handle = wire_->handle();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto& statement = prepared(batch[i].statement);
    const bool under_way = std::ranges::any_of(steps_, [&](const Step& step) { return step.prepares == &statement; });
    if (!statement.ready && !under_way) {
      require(PQsendPrepare(handle, statement.name.c_str(), statement.sql.c_str(), 0, nullptr));
      steps_.push_back({i, &statement});
    }
    require(PQsendQueryPrepared(handle, statement.name.c_str(), params[i].count(), params[i].values(),
                                params[i].lengths(), params[i].formats(), kTextResults));
    steps_.push_back({i, nullptr});
  }
  require(PQpipelineSync(handle));
}

net::awaitable<void> Connection::flush() {
  for (;;) {
    const int left = PQflush(wire_->handle());
    if (left < 0) throw WireLost(one_line(PQerrorMessage(wire_->handle())), false);
    if (left == 0) co_return;
    co_await wire_->until_writable_or_readable();
    // A failure shows when the answers are read; what the server said before it is there first.
    if (PQconsumeInput(wire_->handle()) != 1) co_return;
  }
}

net::awaitable<ResultHandle> Connection::next_result() {
  auto* handle = wire_->handle();
  while (PQisBusy(handle) == 1) {
    co_await wire_->until_readable();
    if (PQconsumeInput(handle) != 1 && PQisBusy(handle) == 1) throw WireLost(one_line(PQerrorMessage(handle)), false);
  }
  ResultHandle result(PQgetResult(handle));
  co_return result;
}

// The results of one statement end with a null; a batch ends with its PIPELINE_SYNC.
net::awaitable<void> Connection::receive(std::size_t calls, Outcome* outcome) {
  constexpr int kMostNulls = 2;  // in a row, from a connection that is still one
  std::size_t step = 0;
  bool answered = false;
  for (int nulls = 0; nulls <= kMostNulls;) {
    const auto result = co_await next_result();
    if (!result) {
      if (answered) ++step;
      answered = false;
      ++nulls;
      continue;
    }
    nulls = 0;
    const bool ended = PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC;
    if (owed_ > 0) {
      if (ended) --owed_;
      if (is_goodbye(result.get())) {  // before it came to this batch
        outcome->failure = failure_of(result.get());
        outcome->failure->sent = false;
      }
      continue;
    }
    if (ended) co_return;
    take(result, step, calls, *outcome);
    answered = true;
  }
  throw WireLost(one_line(PQerrorMessage(wire_->handle())), false);
}

void Connection::take(const ResultHandle& result, std::size_t step, std::size_t calls, Outcome& outcome) {
  const auto status = PQresultStatus(result.get());
  const auto call = step < steps_.size() ? steps_[step].call : calls;
  if (is_error(status)) {
    auto failure = failure_of(result.get());
    const bool lost = failure.sqlstate.empty();
    failure.at = call;
    if (!outcome.failure) outcome.failure = std::move(failure);
    if (lost) throw WireLost("the server closed it", false);
    return;
  }
  if (status == PGRES_PIPELINE_ABORTED || step >= steps_.size()) return;
  if (auto* statement = steps_[step].prepares) {
    statement->ready = true;
  } else if (call + 1 == calls) {
    outcome.rows = decode(result.get());
    outcome.tag = PQcmdStatus(result.get());
  }
}

void Connection::roll_back() noexcept {
  auto* handle = wire_->handle();
  const bool sent = is_usable() &&
                    PQsendQueryParams(handle, "ROLLBACK", 0, nullptr, nullptr, nullptr, nullptr, kTextResults) == 1 &&
                    PQpipelineSync(handle) == 1 && PQflush(handle) == 0;
  if (sent) {
    ++owed_;
  } else {
    lost_ = true;  // the server rolls back what its client left
  }
}

bool Connection::is_usable() {
  if (lost_ || in_use_) return false;
  if (!wire_->has_input()) return true;
  // Nothing is due: what is there is the server's goodbye, or the end.
  if (owed_ == 0 || PQconsumeInput(wire_->handle()) != 1) lost_ = true;
  return !lost_;
}

}  // namespace secureauth::db::postgres
