#include "mfa/webauthn/model_names.hpp"

#include <gtest/gtest.h>

namespace secureauth::webauthn {
namespace {

std::string_view name_of(std::string_view aaguid) {
  return model_name(aaguid_from(aaguid).value());
}

TEST(ModelNames, AreWhatPeopleCallTheBestKnownAuthenticators) {
  EXPECT_EQ(name_of("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4"), "Google Password Manager");
  EXPECT_EQ(name_of("08987058-cadc-4b81-b6e1-30de50dcbe96"), "Windows Hello");     // the first line
  EXPECT_EQ(name_of("ff4dac45-ede8-4ec2-aced-cf66103f4335"), "YubiKey 5 Series");  // the last one
}

TEST(ModelNames, AreEmptyForOthers) {
  EXPECT_EQ(name_of("00000000-0000-0000-0000-000000000000"), "");
  EXPECT_EQ(name_of("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d5"), "");
}

}  // namespace
}  // namespace secureauth::webauthn
