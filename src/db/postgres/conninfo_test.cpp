#include "db/postgres/conninfo.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace secureauth::db::postgres {
namespace {

std::string hosts_of(const ConnectionString& where) {
  std::string text;
  for (const auto& host : where.hosts()) text += host.name + '|' + host.address + '|' + host.port + ' ';
  return text;
}

TEST(ConnectionStringTest, TakesAUrlApartAsLibpqDoes) {
  const ConnectionString where("postgresql://u%40x:p%2Fw@db.example.org:6432/auth?sslmode=verify-full");
  EXPECT_EQ(hosts_of(where), "db.example.org||6432 ");
  EXPECT_EQ(where.value("user"), "u@x");
  EXPECT_EQ(where.value("password"), "p/w");
  EXPECT_EQ(where.value("dbname"), "auth");
  EXPECT_EQ(where.value("target_session_attrs"), "");
}

TEST(ConnectionStringTest, TheDriverOfAnotherLanguageIsNotMinded) {
  for (const auto* url : {"postgres://db/auth", "postgresql+asyncpg://db/auth", "postgresql+psycopg://db/auth"}) {
    EXPECT_EQ(hosts_of(ConnectionString(url)), "db|| ") << url;
  }
}

TEST(ConnectionStringTest, OfSeveralHostsTheOneThatTakesWritesIsMeant) {
  const ConnectionString where("postgresql://a:1,b:2/auth");
  EXPECT_EQ(hosts_of(where), "a||1 b||2 ");
  EXPECT_EQ(where.value("target_session_attrs"), "read-write");
  EXPECT_EQ(ConnectionString("postgresql://a,b/auth?target_session_attrs=any").value("target_session_attrs"), "any");
}

TEST(ConnectionStringTest, OnePortServesAllHosts) {
  EXPECT_EQ(hosts_of(ConnectionString("postgresql:///auth?host=a,b&port=7")), "a||7 b||7 ");
}

TEST(ConnectionStringTest, AddressesStandBesideNames) {
  EXPECT_EQ(hosts_of(ConnectionString("postgresql://a/auth?hostaddr=10.0.0.7")), "a|10.0.0.7| ");
}

TEST(ConnectionStringTest, WithoutAHostItIsTheUsualSocket) {
  const ConnectionString where("postgresql:///auth");
  EXPECT_EQ(hosts_of(where), "/var/run/postgresql|| ");
  EXPECT_TRUE(where.hosts().front().is_socket());
}

TEST(ConnectionStringTest, AllIsWhatLibpqWouldHaveRead) {
  const auto all = ConnectionString("postgresql://a:1,b:2/auth").all();
  const auto has = [&](const char* name, const char* value) {
    return std::ranges::find(all, std::pair<std::string, std::string>(name, value)) != all.end();
  };
  EXPECT_TRUE(has("host", "a,b"));
  EXPECT_TRUE(has("port", "1,2"));
  EXPECT_TRUE(has("dbname", "auth"));
}

TEST(ConnectionStringTest, ARefusalTellsNothingThatMayBeSecret) {
  for (const auto* url : {"postgresql://u:se%zzcret@db/x", "postgresql://u:secret@[::1/x", "mysql://u:secret@db/x"}) {
    try {
      const ConnectionString where(url);
      ADD_FAILURE() << url;
    } catch (const std::invalid_argument& error) {
      EXPECT_EQ(std::string(error.what()).find("cret"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace secureauth::db::postgres
