#pragma once

#include "db/postgres/conninfo.hpp"

#include <libpq-fe.h>
#include <memory>
#include <vector>

namespace secureauth::db::postgres {

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using ConnectionHandle = std::unique_ptr<PGconn, CloseConnection>;

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, ClearResult>;

/// Keywords as libpq's connect functions take them. Points into `keywords`, which must outlive it.
struct KeywordArrays {
  explicit KeywordArrays(const Keywords& keywords) {
    for (const auto& [name, value] : keywords) {
      names.push_back(name.c_str());
      values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
  }
  std::vector<const char*> names;
  std::vector<const char*> values;
};

}  // namespace secureauth::db::postgres
