#pragma once

#include "app/components.hpp"
#include "app/outage_watch.hpp"
#include "audit/log_standing.hpp"
#include "audit/push/deliveries.hpp"
#include "mail/mail_queue.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::app {

/// How this instance and what it stands on are, for staff: each part by its own check, at once, and since when what
/// fails has failed by the OutageWatch. It names no host, and no cause, which may name one: the log does. Thread-safe.
class ServiceHealth {
 public:
  struct Facts {
    std::string record_store;            ///< `postgresql` or `sqlite`
    bool mail_is_delivered = false;      ///< there is a mail server
    std::vector<std::string> receivers;  ///< of audit events, in the settings
  };
  ServiceHealth(Components& components, const OutageWatch& outages, Facts facts);

  /// GET /admin/health. What cannot be read is null; throws nothing that a store does.
  net::awaitable<boost::json::object> operator()();

  /// What the record store says of mail, the audit log and its receivers: nothing where it cannot be asked. The same
  /// from every instance.
  struct Stored {
    std::optional<std::string> schema;
    std::optional<mail::mail_queue::Summary> letters;
    std::optional<audit::LogStanding> log;
    std::vector<audit::Deliveries::Standing> receivers;  ///< those of earlier settings, too
  };
  net::awaitable<Stored> stored();

  [[nodiscard]] bool is_configured(const audit::Deliveries::Standing& receiver) const;

 private:
  using Member = net::awaitable<boost::json::object>;
  Member record_store(const Stored& stored);
  Member redis();
  [[nodiscard]] boost::json::object mail(const Stored& stored) const;
  [[nodiscard]] boost::json::object audit(const Stored& stored) const;
  [[nodiscard]] boost::json::object hashing();
  [[nodiscard]] boost::json::value failing_since(std::string_view peer) const;

  Components& components_;
  const OutageWatch& outages_;
  Facts facts_;
  Timestamp started_at_;
};

}  // namespace secureauth::app
