#pragma once

#include "core/net.hpp"

#include <boost/asio/execution_context.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>

namespace secureauth {

/// What is kept for one io_context: connections, whose sockets belong to it. Touched from that context's thread only.
class ContextPart {
 public:
  ContextPart() = default;
  virtual ~ContextPart() = default;
  ContextPart(const ContextPart&) = delete;
  ContextPart& operator=(const ContextPart&) = delete;
  /// Ends what would keep the context from running out of work. Later use fails as on a lost connection.
  virtual void close() noexcept = 0;
};

/// The parts that live in one io_context, whoever owns them; they go with it.
class ContextParts final : public net::execution_context::service {
 public:
  using key_type = ContextParts;
  static inline net::execution_context::id id;

  explicit ContextParts(net::execution_context& context) : service(context) {}

  /// A number for one PerContext, whatever its type: two that shared one would take each other's parts for their own.
  static std::uint64_t new_owner() {
    static std::atomic<std::uint64_t> next{1};
    return next++;
  }

  std::shared_ptr<ContextPart>& at(std::uint64_t owner) { return parts_[owner]; }
  /// Closes every part, and those made later at once: a request that outlived the grace must not keep the context busy.
  void close() noexcept;
  [[nodiscard]] bool is_closed() const { return closed_; }

 private:
  void shutdown() override;
  bool closed_ = false;
  std::unordered_map<std::uint64_t, std::shared_ptr<ContextPart>> parts_;
};

/// Closes the parts of a context, those to come too, so that its run() can return. Call from the context's thread.
void close_parts(net::execution_context& context);

/// One T (a ContextPart) for each io_context that asks. A coroutine that uses it holds the shared_ptr meanwhile.
/// One thread runs a context: that is the house's rule, so a T needs no lock.
template <class T>
class PerContext {
 public:
  /// The context's own T; made by `make()`, which returns a shared_ptr, at the first use.
  template <class Make>
  std::shared_ptr<T> of(net::execution_context& context, Make make) const {
    auto& parts = net::use_service<ContextParts>(context);
    auto& part = parts.at(owner_);
    if (!part) {
      part = make();
      if (parts.is_closed()) part->close();
    }
    return std::static_pointer_cast<T>(part);
  }

 private:
  std::uint64_t owner_ = ContextParts::new_owner();
};

}  // namespace secureauth
