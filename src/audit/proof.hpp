#pragma once

#include "audit/signed_head.hpp"
#include "core/error.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace secureauth::audit {

/// Proves to somebody who has only a public key that an entry is in the log: the entry, its path in the tree and the
/// signed head that its batch ended with. Fails with not_found (no such entry, or a pruned one), conflict with a
/// sentence: not sealed yet, or not as it was sealed.
net::awaitable<Result<boost::json::object>> prove(db::Executor& executor, const HeadVerifier& heads, std::string id);

struct Proven {
  std::string id;
  std::uint64_t entry = 0;  ///< its number, from 0
  SignedHead head;
};
/// Checks what prove() made, without a database. Fails with invalid_request and a sentence: what does not hold.
[[nodiscard]] Result<Proven> check_proof(std::string_view json, const HeadVerifier& heads);

}  // namespace secureauth::audit
