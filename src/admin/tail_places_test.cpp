#include "admin/tail_places.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace secureauth::admin {
namespace {

TailPlaces::Place taken(TailPlaces& places, const std::string& session) {
  return places.take(SessionId(session)).value();
}

ErrorCode refused(TailPlaces& places, const std::string& session) {
  const auto place = places.take(SessionId(session));
  return place ? ErrorCode::internal : place.error().code;
}

TEST(TailPlaces, ASessionAndTheInstanceHaveAsManyAsTheyMay) {
  TailPlaces places({.of_instance = 3, .of_session = 2});
  auto first = taken(places, "ann");
  const auto second = taken(places, "ann");
  EXPECT_EQ(refused(places, "ann"), ErrorCode::rate_limited);
  const auto third = taken(places, "bob");
  EXPECT_EQ(refused(places, "eve"), ErrorCode::overloaded);
  first.reset();
  EXPECT_TRUE(places.take(SessionId("eve")).has_value()) << "who leaves makes room, and so did this one";
  EXPECT_TRUE(places.take(SessionId("ann")).has_value());
}

TEST(TailPlaces, APlaceMayBeHeldLongerThanTheyLast) {
  std::optional<TailPlaces> places(std::in_place, TailPlaces::Most{});
  auto place = taken(*places, "ann");
  places.reset();
  place.reset();
}

}  // namespace
}  // namespace secureauth::admin
