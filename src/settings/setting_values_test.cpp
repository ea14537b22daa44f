#include "settings/setting_values.hpp"

#include <gtest/gtest.h>

namespace secureauth::settings {
namespace {

TEST(EndpointSettingTest, IsAnAddressAndAPort) {
  const auto four = read_endpoint("127.0.0.1:9464");
  EXPECT_EQ(four.address, "127.0.0.1");
  EXPECT_EQ(four.port, 9464);
  const auto six = read_endpoint("[::1]:1");
  EXPECT_EQ(six.address, "::1");
  EXPECT_EQ(six.port, 1);
  for (const auto* bad :
       {"", ":", ":9464", "9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "::1:9464",
        "[127.0.0.1]:9464", "localhost:9464", "[::1]", "127.0.0.1:9464 ", "127.0.0.1:+1"}) {
    EXPECT_THROW((void)read_endpoint(bad), BadValue) << bad;
  }
}

TEST(OriginSettingTest, IsWrittenAsRfc6454Section6WritesIt) {
  const struct {
    std::string_view given, text, host;
    std::uint16_t port;
  } kOrigins[] = {
      {"https://auth.example.org", "https://auth.example.org", "auth.example.org", 443},
      {"https://auth.example.org/", "https://auth.example.org", "auth.example.org", 443},
      {"https://auth.example.org:443", "https://auth.example.org", "auth.example.org", 443},
      {"http://auth.example.org:80", "http://auth.example.org", "auth.example.org", 80},
      {"http://auth.example.org:443", "http://auth.example.org:443", "auth.example.org", 443},
      {"HTTPS://Auth.Example.ORG:8443", "https://auth.example.org:8443", "auth.example.org", 8443},
      {"http://[::1]:8000", "http://[::1]:8000", "[::1]", 8000},
      {"https://[2001:DB8::1]", "https://[2001:db8::1]", "[2001:db8::1]", 443},
      {"http://127.0.0.1:8000", "http://127.0.0.1:8000", "127.0.0.1", 8000},
  };
  for (const auto& [given, text, host, port] : kOrigins) {
    const auto origin = read_origin(given);
    EXPECT_EQ(origin.text, text) << given;
    EXPECT_EQ(origin.host, host) << given;
    EXPECT_EQ(origin.port, port) << given;
  }
}

TEST(OriginSettingTest, AnythingMoreOrLessIsRefused) {
  for (const auto* bad : {"",
                          "auth.example.org",
                          "//auth.example.org",
                          "https://",
                          "https:///",
                          "https://user@a.test",
                          "https://user:password@a.test",
                          "https://a.test/path",
                          "https://a.test//",
                          "https://a.test?query",
                          "https://a.test/?",
                          "https://a.test#part",
                          "https://a.test#",
                          "ftp://a.test",
                          "javascript:alert(1)",
                          "https://a.test:0",
                          "https://a.test:65536",
                          "https://a.test:port",
                          " https://a.test",
                          "https://a.test ",
                          "https://a.test,https://b.test",
                          "https://a b.test",
                          "*",
                          "null",
                          "https://a.test\\@b.test"}) {
    EXPECT_THROW((void)read_origin(bad), BadValue) << bad;
  }
}

TEST(WithoutPassword, HidesItWhereverAUrlMayHoldIt) {
  const std::pair<std::string_view, std::string_view> shown[] = {
      {"sqlite:./data/secureauth.db", "sqlite:./data/secureauth.db"},
      {"postgresql://db/auth", "postgresql://db/auth"},
      {"postgresql://u@db:5432/auth", "postgresql://u@db:5432/auth"},
      {"postgresql+asyncpg://u:p@db/auth", "postgresql+asyncpg://u:********@db/auth"},
      {"postgresql://u:a@b:c/d?e@db/auth", "postgresql://u:********@db/auth"},
      {"postgresql://db/x?user=u&password=p&sslmode=require",
       "postgresql://db/x?user=u&password=********&sslmode=require"},
      {"postgresql://db/x?sslpassword=a&password=b", "postgresql://db/x?sslpassword=********&password=********"},
      {"redis://:p@cache:6379/0", "redis://:********@cache:6379/0"},
      {"redis+sentinel://:p@a,b/m?sentinel_password=q", "redis+sentinel://:********@a,b/m?sentinel_password=********"},
  };
  for (const auto& [url, expected] : shown) EXPECT_EQ(without_password(url), expected);
}

}  // namespace
}  // namespace secureauth::settings
