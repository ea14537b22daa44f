#include "admin/tail_places.hpp"

#include <map>
#include <mutex>
#include <string>

namespace secureauth::admin {
namespace {

constexpr std::chrono::seconds kRetryAfter{30};  // nobody knows when somebody leaves

Error refusal(ErrorCode code, std::string detail) {
  Error error(code, std::move(detail));
  error.retry_after = kRetryAfter;
  return error;
}

}  // namespace

struct TailPlaces::Taken {
  std::mutex mutex;
  std::size_t all = 0;
  std::map<std::string, std::size_t> by_session;

  void give_back(const std::string& session) {
    const std::lock_guard lock(mutex);
    --all;
    const auto of_session = by_session.find(session);
    if (--of_session->second == 0) by_session.erase(of_session);
  }
};

TailPlaces::TailPlaces(Most most) : most_(most), taken_(std::make_shared<Taken>()) {}

Result<TailPlaces::Place> TailPlaces::take(const SessionId& session) {
  const auto& id = session.text();
  {
    const std::lock_guard lock(taken_->mutex);
    const auto of_session = taken_->by_session.find(id);
    if (of_session != taken_->by_session.end() && of_session->second >= most_.of_session) {
      return refusal(ErrorCode::rate_limited, "This session follows the log as often as it may at once.");
    }
    if (taken_->all >= most_.of_instance) {
      return refusal(ErrorCode::overloaded, "As many follow the log as may at once.");
    }
    ++taken_->all;
    ++taken_->by_session[id];
  }
  return Place(taken_.get(), [taken = taken_, id](void*) { taken->give_back(id); });
}

}  // namespace secureauth::admin
