#pragma once

#include "core/net.hpp"
#include "ephemeral/redis/link.hpp"
#include "ephemeral/redis/shared.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <set>
#include <string>

namespace secureauth::ephemeral::redis {

/// Asks the sentinels of the URL, one after another, where the master is. Used from its executor's thread only.
/// Source: https://redis.io/docs/latest/develop/reference/sentinel-clients/.
class Sentinels : public std::enable_shared_from_this<Sentinels> {
 public:
  Sentinels(net::any_io_executor executor, std::shared_ptr<Shared> shared);

  /// Each sentinel has the command timeout twice, to be connected to and to answer; the one that answered last is asked
  /// first the next time. Throws RedisUnavailable when none knows. Whether it is a master, its greeting must show.
  net::awaitable<Endpoint> master();

  void close() noexcept;

 private:
  net::awaitable<Endpoint> ask(Endpoint sentinel);

  net::any_io_executor executor_;
  std::shared_ptr<Shared> shared_;
  std::size_t next_ = 0;
  std::set<std::shared_ptr<Link>> asking_;
  bool closed_ = false;
};

}  // namespace secureauth::ephemeral::redis
