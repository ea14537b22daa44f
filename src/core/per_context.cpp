#include "core/per_context.hpp"

namespace secureauth {

void ContextParts::close() noexcept {
  closed_ = true;
  for (auto& [owner, part] : parts_) part->close();
}

void ContextParts::shutdown() {
  close();
  parts_.clear();
}

void close_parts(net::execution_context& context) {
  net::use_service<ContextParts>(context).close();
}

}  // namespace secureauth
