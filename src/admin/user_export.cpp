#include "admin/user_export.hpp"

#include "admin/command_line.hpp"
#include "admin/user_record_store.hpp"

namespace secureauth::admin {

net::awaitable<std::uint64_t> UserExport::operator()(std::function<void(const std::string& line)> write) {
  constexpr int kPage = 1000;
  audit::Entry entry{.event = audit::Event::users_exported, .client = command_line()};
  co_await parts_.audit.record_alone(parts_.database, std::move(entry));
  std::uint64_t count = 0;
  UserId after;
  while (true) {
    const auto page = co_await user_record_store::page(parts_.database, after, kPage);
    for (const auto& record : page) write(user_record_line(record));
    count += page.size();
    if (page.size() < kPage) co_return count;
    after = page.back().id.value();
  }
}

}  // namespace secureauth::admin
