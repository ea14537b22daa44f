#include "core/per_context.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace secureauth {
namespace {

class PartA final : public ContextPart {
 public:
  void close() noexcept override { closed = true; }
  bool closed = false;
};

class PartB final : public ContextPart {
 public:
  void close() noexcept override {}
};

template <class T>
std::shared_ptr<T> part_of(const PerContext<T>& parts, net::io_context& context) {
  return parts.of(context, [] { return std::make_shared<T>(); });
}

TEST(PerContextTest, EachContextHasItsOwnPart) {
  const PerContext<PartA> parts;
  net::io_context one;
  net::io_context other;
  EXPECT_EQ(part_of(parts, one), part_of(parts, one));
  EXPECT_NE(part_of(parts, one), part_of(parts, other));
}

TEST(PerContextTest, OwnersOfEqualAndOfDifferentTypesNeverMeet) {
  const PerContext<PartA> first;
  const PerContext<PartA> second;
  const PerContext<PartB> third;
  net::io_context context;
  const std::set<std::shared_ptr<ContextPart>> parts{part_of(first, context), part_of(second, context),
                                                     part_of(third, context)};
  EXPECT_EQ(parts.size(), 3U);
}

TEST(PerContextTest, PartsAreClosedOnDemandAndGoWithTheirContext) {
  const PerContext<PartA> parts;
  std::weak_ptr<PartA> watched;
  {
    net::io_context context;
    const auto part = part_of(parts, context);
    watched = part;
    EXPECT_FALSE(part->closed);
    close_parts(context);
    EXPECT_TRUE(part->closed);
  }
  EXPECT_TRUE(watched.expired());
}

TEST(PerContextTest, APartMadeAfterTheCloseIsClosedToo) {
  const PerContext<PartA> parts;
  net::io_context context;
  close_parts(context);
  EXPECT_TRUE(part_of(parts, context)->closed);
}

}  // namespace
}  // namespace secureauth
