#include "process/file_limit.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace secureauth::process {
namespace {

settings::Config config() {
  settings::Config config;
  config.http_max_connections = 10240;
  config.io_threads = 2;
  config.sqlite_path = "data.db";
  return config;
}

TEST(FileLimitTest, AskedForIsWhatThereIsWhereFilesSuffice) {  // ASVS 15.2.2
  EXPECT_EQ(connections_within(1048576, config()), 10240);
}

TEST(FileLimitTest, RoomIsLeftForFilesAndThreads) {
  EXPECT_EQ(connections_within(1024, config()), 1024 - 64 - 2 * 8);
}

TEST(FileLimitTest, RoomIsLeftForTheStores) {
  auto with_stores = config();
  with_stores.postgres_url = "postgresql://db.example/secureauth";
  with_stores.database_pool_size = 20;
  with_stores.redis_url = "redis://cache.example";
  EXPECT_EQ(connections_within(1024, with_stores), connections_within(1024, config()) - 20 - 2 * 16);
  with_stores.io_threads = 16;  // each has two connections to the database at least
  EXPECT_EQ(connections_within(1024, with_stores), 1024 - 64 - 16 * 8 - 32 - 16 * 16);
}

TEST(FileLimitTest, WhereNextToNothingFitsTheStartEnds) {
  EXPECT_EQ(connections_within(96, config()), 16);
  EXPECT_THROW((void)connections_within(95, config()), std::runtime_error);
  EXPECT_THROW((void)connections_within(0, config()), std::runtime_error);
}

}  // namespace
}  // namespace secureauth::process
