#include "process/reach.hpp"

#include "core/temporary_folder_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace secureauth::process {
namespace {

namespace fs = std::filesystem;
using Ports = std::set<std::uint16_t>;

bool names(const std::vector<fs::path>& paths, const fs::path& wanted) {
  return std::ranges::find(paths, wanted) != paths.end();
}

TEST(ReachTest, PortsAreThoseOfThePeers) {
  settings::Config config;
  EXPECT_EQ(reach_of(config).tcp_ports, Ports{53});
  config.postgres_url = "postgresql://user@db.example:5432,standby.example:6432/name";
  config.redis_url = "rediss://cache.example";
  config.smtp.host = "mail.example";
  config.push.syslog.host = "log.example";
  config.push.syslog.port = 6514;
  config.push.collector.url = "https://siem.example/in";
  config.push.webhooks.push_back({.name = "a", .url = "http://localhost:9001/hook", .events = {}, .secrets = {}});
  config.key_unwrap.transit.url = "https://kms.example:8200/v1/transit/decrypt/key";
  EXPECT_EQ(reach_of(config).tcp_ports, (Ports{53, 443, 587, 5432, 6379, 6432, 6514, 8200, 9001}));
  config.smtp.tls = mail::SmtpTls::tls;
  config.sandbox_ports = {7000};
  EXPECT_EQ(reach_of(config).tcp_ports, (Ports{53, 443, 465, 5432, 6379, 6432, 6514, 7000, 8200, 9001}));
}

TEST(ReachTest, ADatabaseOnASocketNeedsNoPort) {
  settings::Config config;
  config.postgres_url = "postgresql:///name?host=/run/postgresql";
  EXPECT_EQ(reach_of(config).tcp_ports, Ports{53});
}

TEST(ReachTest, WhereRedisNamesOthersAnyPortMayBeTheirs) {
  for (const auto* url : {"redis+sentinel://a.example,b.example/master", "redis://a.example:7001,b.example:7002"}) {
    settings::Config config;
    config.redis_url = url;
    EXPECT_EQ(reach_of(config).tcp_ports, std::nullopt) << url;
    config.sandbox_ports = {6379};
    EXPECT_NE(reach_of(config).tcp_ports, std::nullopt) << url;
  }
}

TEST(ReachTest, AFilesFolderComesWithItSoThatItMayBeReplaced) {
  const TemporaryFolder home;
  const auto mounted = home.path() / "secrets";
  fs::create_directories(home.path() / "real");
  fs::create_directories(mounted);
  std::ofstream(home.path() / "real" / "key") << "x";
  fs::create_symlink(home.path() / "real" / "key", mounted / "key");
  settings::Config config;
  config.settings_files = {mounted / "key"};
  const auto reach = reach_of(config);
  EXPECT_TRUE(names(reach.read, mounted));
  EXPECT_TRUE(names(reach.read, fs::canonical(home.path() / "real")));
  EXPECT_TRUE(reach.write.empty());
}

TEST(ReachTest, AFileInASharedFolderOpensNoNeighbours) {
  settings::Config config;
  config.settings_files = {"/etc/secureauth.env", "/tmp/key"};
  const auto reach = reach_of(config);
  EXPECT_TRUE(names(reach.read, "/etc/secureauth.env"));
  for (const auto* shared : {"/", "/etc", "/tmp", "/run", "/var", "/home"}) EXPECT_FALSE(names(reach.read, shared));
}

TEST(ReachTest, WrittenIsOnlyBesideTheRecordAndThePublishedHead) {
  const TemporaryFolder home;
  settings::Config config;
  config.sqlite_path = home.path() / "data" / "secureauth.db";
  config.audit_head_file = home.path() / "published" / "head.json";
  config.smtp.ca_file = home.path() / "tls" / "ca.pem";
  const auto reach = reach_of(config);
  EXPECT_EQ(reach.write, (std::vector<fs::path>{home.path() / "data", home.path() / "published"}));
  EXPECT_TRUE(names(reach.read, home.path() / "tls"));
  EXPECT_TRUE(reach.gaps.empty());
}

// ASVS 13.2.2: who takes the service over would have the next process, outside of the sandbox, do as he says.
TEST(ReachTest, WhatTellsTheNextProcessWhatToDoIsNotWritten) {
  const TemporaryFolder home;
  const auto data = fs::canonical(home.path()) / "data";
  fs::create_directories(data / "below");
  const auto gaps_of = [&](const fs::path& dotenv, const auto& set) {
    settings::Config config;
    config.environment = settings::Environment::production;
    config.sqlite_path = data / "secureauth.db";
    set(config);
    return reach_of(config, dotenv).gaps;
  };
  const auto gap = [](const fs::path& file) {
    return std::vector<std::string>{"it may write " + file.string() +
                                    ", by which the next process is told what to do: keep that elsewhere"};
  };
  const auto elsewhere = home.path() / ".env";
  const auto nothing = [](settings::Config&) {};
  EXPECT_EQ(gaps_of(elsewhere, nothing), std::vector<std::string>{});
  EXPECT_EQ(gaps_of(data / ".env", nothing), gap(data / ".env")) << "which he would make";
  std::ofstream(data / "below" / "real") << "PORT=1";
  fs::create_symlink(data / "below" / "real", home.path() / "link");
  EXPECT_EQ(gaps_of(home.path() / "link", nothing), gap(data / "below" / "link"));
  EXPECT_EQ(gaps_of(elsewhere, [&](settings::Config& c) { c.settings_files = {data / "key"}; }), gap(data / "key"));
  EXPECT_EQ(gaps_of(elsewhere,
                    [&](settings::Config& c) { c.key_unwrap.command = (data / "below" / "unwrap").string() + " x"; }),
            gap(data / "below" / "unwrap"));
  EXPECT_EQ(gaps_of(elsewhere, [&](settings::Config& c) { c.key_unwrap.transit.ca_file = data / "ca.pem"; }),
            gap(data / "ca.pem"));
  const auto made = [&](settings::Config& c) {
    c.environment = settings::Environment::development;
    c.settings_files = {data / ".secret-key"};
  };
  EXPECT_EQ(gaps_of(elsewhere, made), std::vector<std::string>{}) << "development's own";
}

TEST(ReachTest, ASharedFolderThatIsWrittenIsAGap) {
  settings::Config config;
  config.sqlite_path = "/var/lib/secureauth.db";
  config.audit_head_file = "/tmp/head.json";
  EXPECT_EQ(reach_of(config, "/etc/secureauth/.env").gaps,
            (std::vector<std::string>{
                "by DATABASE_URL it may write /var/lib, which many share: give the file a folder of its own",
                "by AUDIT_HEAD_FILE it may write /tmp, which many share: give the file a folder of its own"}));
}

TEST(ReachTest, AbstractSocketsAreOpenWhereAPeerHasOne) {
  settings::Config config;
  config.postgres_url = "postgresql:///name?host=/run/postgresql";
  EXPECT_FALSE(reach_of(config).abstract_sockets);
  config.postgres_url = "postgresql:///name?host=@postgresql";
  EXPECT_TRUE(reach_of(config).abstract_sockets);
}

}  // namespace
}  // namespace secureauth::process
