#include "app/service_health.hpp"

#include "db/schema_revision.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace secureauth::app {
namespace {

namespace json = boost::json;

constexpr auto kSealedWithin = std::chrono::minutes(1);  // audit verify calls what waits longer `unsealed`

json::value or_null(const std::optional<Timestamp>& time) {
  return time ? json::value(to_rfc3339(*time)) : json::value(nullptr);
}

/// Nothing where a store fails: the others' answers are wanted all the same.
template <class T>
net::awaitable<std::optional<T>> if_there(net::awaitable<T> reading) {
  try {
    auto value = co_await std::move(reading);
    co_return std::optional<T>(std::move(value));
  } catch (const Unavailable&) {  // told where it was noticed first
    co_return std::nullopt;
  }
}

net::awaitable<bool> answers(net::awaitable<void> check) {
  try {
    co_await std::move(check);
    co_return true;
  } catch (const Unavailable&) {
    co_return false;
  }
}

std::string_view status_of(const json::value& part) {
  return part.at("status").as_string();
}

json::object receiver(const audit::Deliveries::Standing& standing, bool is_configured) {
  return {{"name", standing.sink},
          {"status", !is_configured     ? "not_configured"
                     : standing.fails() ? "failing"
                                        : "ok"},
          {"behind", standing.lag()},
          {"failures", standing.failures},
          {"updated_at", to_rfc3339(standing.updated_at)}};
}

}  // namespace

ServiceHealth::ServiceHealth(Components& components, const OutageWatch& outages, Facts facts)
    : components_(components), outages_(outages), facts_(std::move(facts)), started_at_(components.clock.now()) {}

net::awaitable<json::object> ServiceHealth::operator()() {
  const auto up = components_.clock.now() - started_at_;
  json::object health{{"status", "ok"},
                      {"version", SECUREAUTH_VERSION},
                      {"started_at", to_rfc3339(started_at_)},
                      {"uptime_seconds", std::chrono::floor<std::chrono::seconds>(up).count()}};
  const auto read = co_await stored();
  auto store = co_await record_store(read);
  auto cache = co_await redis();
  health["record_store"] = std::move(store);
  health["redis"] = std::move(cache);
  health["mail"] = mail(read);
  health["audit"] = audit(read);
  health["hashing"] = hashing();
  for (const auto* part : {"redis", "mail", "audit"}) {
    const auto status = status_of(health.at(part));
    if (status == "failing" || status == "degraded") health["status"] = "degraded";
  }
  if (status_of(health.at("record_store")) == "failing") health["status"] = "failing";
  co_return health;
}

ServiceHealth::Member ServiceHealth::record_store(const Stored& stored) {
  auto check = components_.database->check_ready();
  const bool works = co_await answers(std::move(check));
  json::value revision;
  if (stored.schema) revision = *stored.schema;
  co_return json::object{{"status", works ? "ok" : "failing"},
                         {"since", failing_since("record_store")},
                         {"kind", facts_.record_store},
                         {"schema", std::move(revision)}};
}

ServiceHealth::Member ServiceHealth::redis() {
  if (!components_.shared_cache) co_return json::object{{"status", "not_configured"}, {"since", nullptr}};
  const bool works = co_await components_.redis_serves();
  co_return json::object{{"status", works ? "ok" : "failing"}, {"since", failing_since("redis")}};
}

json::object ServiceHealth::mail(const Stored& stored) const {
  const auto since = failing_since("mail_server");
  std::string_view status = "ok";
  if (!since.is_null()) status = "failing";
  if (!facts_.mail_is_delivered) status = "not_configured";
  json::object part{
      {"status", status}, {"since", since}, {"queued", nullptr}, {"queued_since", nullptr}, {"given_up", nullptr}};
  const auto& queue = stored.letters;
  if (!queue) return part;
  part["queued"] = queue->queued;
  part["queued_since"] = or_null(queue->queued_since);
  part["given_up"] = queue->dead;
  return part;
}

json::object ServiceHealth::audit(const Stored& stored) const {
  json::object part{{"status", "ok"},    {"waiting", nullptr},   {"waiting_since", nullptr},
                    {"sealed", nullptr}, {"sealed_at", nullptr}, {"receivers", json::array()}};
  const auto& log = stored.log;
  if (!log) {
    part["status"] = "failing";
    return part;
  }
  part["waiting"] = log->waiting;
  part["waiting_since"] = or_null(log->waiting_since);
  part["sealed"] = log->sealed;
  part["sealed_at"] = or_null(log->sealed_at);
  json::array delivered;
  for (const auto& one : stored.receivers) delivered.push_back(receiver(one, is_configured(one)));
  const bool one_fails = std::ranges::any_of(delivered, [](const auto& one) { return status_of(one) == "failing"; });
  const bool waits_long = log->waiting_since && *log->waiting_since + kSealedWithin < components_.clock.now();
  if (one_fails || waits_long) part["status"] = "degraded";
  part["receivers"] = std::move(delivered);
  return part;
}

bool ServiceHealth::is_configured(const audit::Deliveries::Standing& receiver) const {
  return std::ranges::find(facts_.receivers, receiver.sink) != facts_.receivers.end();
}

net::awaitable<ServiceHealth::Stored> ServiceHealth::stored() {
  Stored all;
  auto& database = *components_.database;
  auto revision = db::schema_revision(database);
  const auto schema = co_await if_there(std::move(revision));
  if (!schema) co_return all;  // nor will the rest be there
  all.schema = *schema;
  auto queue = mail::mail_queue::summary(database);
  all.letters = co_await if_there(std::move(queue));
  auto standing = audit::log_standing(database);
  all.log = co_await if_there(std::move(standing));
  audit::Deliveries deliveries(database, components_.audit, components_.clock);
  auto reading = deliveries.all();
  auto receivers = co_await if_there(std::move(reading));
  if (receivers) all.receivers = *std::move(receivers);
  co_return all;
}

json::object ServiceHealth::hashing() {
  const auto load = components_.hashing_pool.load();
  const std::chrono::duration<double, std::milli> typical = load.typical_cost;
  return {{"threads", load.threads}, {"jobs", load.jobs}, {"typical_ms", typical.count()}};
}

json::value ServiceHealth::failing_since(std::string_view peer) const {
  for (const auto& one : outages_.under_way()) {
    if (one.peer == peer) return json::value(to_rfc3339(one.since));
  }
  return nullptr;
}

}  // namespace secureauth::app
