#include "db/postgres/fault.hpp"

#include "db/database.hpp"

#include <gtest/gtest.h>

namespace secureauth::db::postgres {
namespace {

Failure with(std::string sqlstate) {
  Failure failure;
  failure.sqlstate = std::move(sqlstate);
  return failure;
}

TEST(PostgresFault, WhatKeptNothingByNoFaultOfItsOwnMayBeRunAgain) {
  for (const auto* code :
       {"", "40001", "40P01", "25006", "57P01", "57P02", "57P03", "25P03", "0A000", "26000", "08P01", "08006"}) {
    EXPECT_THROW(raise(with(code)), TransactionAborted) << code;
  }
}

TEST(PostgresFault, WhatAPoolerSaysOfAServerThatItLostTellsNothingOfWhatWasSent) {
  for (const auto* code : {"", "08P01", "08006", "08003"}) {
    auto failure = with(code);
    EXPECT_FALSE(failure.is_known()) << code;
    failure.sent = false;
    EXPECT_TRUE(failure.is_known()) << code;
  }
  EXPECT_TRUE(with("57P01").is_known());
}

TEST(PostgresFault, ARefusedRowIsAConstraintViolation) {
  for (const auto* code : {"23505", "23503", "23514", "23502"}) {
    EXPECT_THROW(raise(with(code)), ConstraintViolation) << code;
  }
}

TEST(PostgresFault, AValueThatNoColumnHoldsIsABug) {
  for (const auto* code : {"22P02", "22021", "22003"}) EXPECT_THROW(raise(with(code)), std::logic_error) << code;
}

TEST(PostgresFault, TheRestFailsOnce) {
  auto frozen = with("");
  frozen.frozen = true;
  for (const auto& failure : {with("57014"), with("55P03"), with("53300"), with("42P01"), with("53100"), frozen}) {
    try {
      raise(failure);
    } catch (const TransactionAborted&) {
      ADD_FAILURE() << failure.sqlstate << " would be run again";
    } catch (const DatabaseError&) {
      continue;
    }
  }
}

TEST(PostgresFault, AServerThatIsGoingOrReadOnlyConcernsEveryConnection) {
  for (const auto* code : {"25006", "57P01"}) EXPECT_TRUE(with(code).concerns_all()) << code;
  for (const auto* code : {"", "23505", "40001", "57014"}) EXPECT_FALSE(with(code).concerns_all()) << code;
}

}  // namespace
}  // namespace secureauth::db::postgres
