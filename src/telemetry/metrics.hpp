#pragma once

#include "telemetry/exposition.hpp"
#include "telemetry/instruments.hpp"

namespace secureauth::telemetry {

/// What the parts of the service count as they work, other than requests (`http/traffic.hpp`) and what has a count of
/// its own to be asked for. One for the process, as the log is. No value of a label comes from outside.
struct Metrics {
  Metrics();

  Counters log_lines;
  Counters refusals;     ///< by code of the contract
  Counters turned_away;  ///< connections, by why
  Counter connections;   ///< accepted

  Histogram statements;    ///< outside of transactions
  Histogram transactions;  ///< from BEGIN to the end
  Counters store_failures;
  Gauge store_connections;  ///< PostgreSQL
  Gauge store_in_use;
  Gauge store_waiting;  ///< for a connection, or for SQLite's threads
  Counters store_connects;

  Counter redis_commands;
  Counter redis_failures;  ///< commands whose connection was lost
  Gauge redis_in_flight;
  Counter redis_connects;
  Counter redis_losses;

  Counters sign_ins;
  Counters step_ups;
  Counters lockouts;
  Counters sessions_opened;
  Counters sessions_ended;
  Counters rate_limited;
  Counters stuffing_alarms;
  Gauge stuffing_raised;  ///< networks with an alarm, and everywhere
  Counters proofs_of_work;

  Counters mails;
  Counters audit_entries;
  Counters audit_deliveries;

  void expose(Exposition& to) const;
};

[[nodiscard]] Metrics& metrics();

}  // namespace secureauth::telemetry
