#include "db/postgres/conninfo.hpp"

#include "core/environment_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>

namespace secureauth::db::postgres {
namespace {

std::string hosts_of(const ConnectionString& where) {
  std::string text;
  for (const auto& host : where.hosts()) text += host.name + '|' + host.address + '|' + host.port + ' ';
  return text;
}

std::string refusal_of(const std::string& url) {
  try {
    const ConnectionString where(url);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  ADD_FAILURE() << "taken: " << url;
  return {};
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
  // An unescaped / in a password makes a port of what is before it, and a name or a parameter of what follows.
  for (const auto* url : {"postgresql://u:se%zzcret@db/x", "postgresql://u:secret@[::1/x", "mysql://u:secret@db/x",
                          "postgresql://u:secret/x9+Q@db.internal/auth", "postgresql://u:7/secret?abc=Q@h/db",
                          "postgresql://u:7/x?secret=Q@h/db", "postgresql://u:7/secret@h/db",
                          "postgresql://u:7/secret@h/db?sslmode=require"}) {
    EXPECT_EQ(refusal_of(url).find("cret"), std::string::npos) << refusal_of(url);
  }
}

TEST(ConnectionStringTest, AMisspeltParameterIsNamed) {
  EXPECT_EQ(refusal_of("postgresql://u:p@h/db?sslmod=require"), "has an invalid URI query parameter: \"sslmod\"");
}

TEST(ConnectionStringTest, APortIsANumber) {
  for (const auto* port : {"0", "65536", "-1", "5432x", "99999999999", "5432,x", " 5432"}) {
    EXPECT_EQ(refusal_of("postgresql:///auth?host=a,b&port=" + std::string(port)).find("must have ports"), 0U) << port;
  }
  EXPECT_EQ(hosts_of(ConnectionString("postgresql://a:65535/auth")), "a||65535 ");
}

// Its file could name another host, without TLS, past the rules of production.
TEST(ConnectionStringTest, AServiceIsRefused) {
  EXPECT_EQ(refusal_of("postgresql:///auth?service=main"), "must name its hosts itself, not a service");
}

TEST(ConnectionStringTest, TheEnvironmentOfLibpqIsForgotten) {
  setenv("PGHOSTADDR", "10.0.0.7", 1);  // NOLINT(concurrency-mt-unsafe): there is no other thread
  setenv("PGSYSCONFDIR", "/tmp", 1);    // NOLINT(concurrency-mt-unsafe): as above
  forget_environment();
  EXPECT_EQ(test_variable("PGHOSTADDR"), std::nullopt);
  EXPECT_EQ(test_variable("PGSYSCONFDIR"), std::nullopt);
  EXPECT_NE(test_variable("PATH"), std::nullopt);
}

}  // namespace
}  // namespace secureauth::db::postgres
