#include "keys/key_exchange.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace secureauth::keys {
namespace {

crypto::KeyGenerations only(std::string_view key) {
  crypto::KeyGenerations generations;
  generations.current = crypto::SecretBytes(key);
  return generations;
}

class KeyExchangeTest : public testing::Test {
 protected:
  std::vector<KeyExchange> both(std::string_view first, std::string_view second) const {
    std::vector<KeyExchange> all;
    all.push_back({.purpose = "first", .key = &first_, .generations = only(first)});
    all.push_back({.purpose = "second", .key = &second_, .generations = only(second)});
    return all;
  }

  crypto::RotatingKey first_{only("a")};
  crypto::RotatingKey second_{only("b")};
  crypto::Derived<std::string> in_first_{first_, [](const auto& all) { return std::string(all.current.reveal()); }};
  std::string meanwhile_;  // what was in force of the first while the second was derived
  crypto::Derived<std::string> in_second_{second_, [this](const auto& all) {
                                            meanwhile_ += *in_first_.get();
                                            if (all.current.reveal() == "bad") throw std::invalid_argument("no curve");
                                            return std::string(all.current.reveal());
                                          }};
};

TEST_F(KeyExchangeTest, AllOfThemAreInForce) {
  exchange_keys(both("c", "d"));
  EXPECT_EQ(*in_first_.get() + *in_second_.get(), "cd");
}

TEST_F(KeyExchangeTest, NoneIsInForceBeforeAllAreDerived) {
  meanwhile_.clear();
  exchange_keys(both("c", "d"));
  EXPECT_THROW(exchange_keys(both("e", "bad")), std::runtime_error);
  EXPECT_EQ(meanwhile_, "ac");
}

TEST_F(KeyExchangeTest, WhereOneCannotBeNoneIs) {
  const auto before = first_.ids();
  try {
    exchange_keys(both("c", "bad"));
    FAIL() << "nothing was told";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()), "the key for second cannot be put in force: no curve");
  }
  EXPECT_EQ(*in_first_.get() + *in_second_.get(), "ab");
  EXPECT_EQ(first_.ids(), before);
}

}  // namespace
}  // namespace secureauth::keys
