#include "audit/proof.hpp"

#include "audit/entry_json.hpp"
#include "audit/log_store.hpp"
#include "core/json.hpp"
#include "crypto/encoding.hpp"
#include "crypto/uuid.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace secureauth::audit {
namespace {

constexpr std::string_view kVersion = "secureauth audit proof v1";

Error refused(const std::string& why) {
  return {ErrorCode::invalid_request, why};
}

struct Place {
  Batch batch;
  std::uint64_t entry = 0;
};

std::optional<Place> find(std::vector<Batch> batches, const IdBytes& id) {
  for (auto& batch : batches) {
    for (std::size_t i = 0; i < batch.leaves.size() / kLeafBytes; ++i) {
      if (leaf_at(batch.leaves, i).id != id) continue;
      const auto entry = batch.first_entry + i;
      return Place{std::move(batch), entry};
    }
  }
  return std::nullopt;
}

/// The tree before the batch; nothing where its head is gone or was altered.
net::awaitable<std::optional<MerkleTree>> tree_before(db::Executor& executor, std::uint64_t size) {
  if (size == 0) co_return MerkleTree();
  const auto former = co_await log_store::of_size(executor, size);
  if (!former) co_return std::nullopt;
  co_return MerkleTree::of(size, former->peaks);
}

std::vector<TreeHash> hashes_of(const Batch& batch) {
  std::vector<TreeHash> hashes;
  for (std::size_t i = 0; i < batch.leaves.size() / kLeafBytes; ++i) hashes.push_back(leaf_at(batch.leaves, i).node);
  return hashes;
}

boost::json::object proof_of(const EntryRow& row, std::uint64_t entry, const TreeHash& leaf,
                             const std::vector<TreeHash>& path, const SignedHead& head) {
  boost::json::array steps;
  for (const auto& step : path) steps.emplace_back(crypto::hex_encode(step));
  return {{"version", kVersion},
          {"entry", as_json(row)},
          {"entry_number", entry},
          {"leaf_hash", crypto::hex_encode(leaf)},
          {"inclusion_path", std::move(steps)},
          {"head", as_json(head)}};
}

std::optional<std::vector<TreeHash>> read_path(const boost::json::object& proof) {
  const auto* steps = proof.if_contains("inclusion_path");
  if (steps == nullptr || !steps->is_array()) return std::nullopt;
  std::vector<TreeHash> path;
  for (const auto& step : steps->get_array()) {
    const auto bytes = step.is_string() ? crypto::hex_decode(step.get_string()) : std::nullopt;
    TreeHash hash;
    if (!bytes || bytes->size() != hash.size()) return std::nullopt;
    std::ranges::copy(*bytes, hash.begin());
    path.push_back(hash);
  }
  return path;
}

std::optional<std::uint64_t> read_number(const boost::json::object& proof) {
  const auto* value = proof.if_contains("entry_number");
  const auto* number = value != nullptr ? value->if_int64() : nullptr;
  if (number == nullptr || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

}  // namespace

net::awaitable<Result<boost::json::object>> prove(db::Executor& executor, const HeadVerifier& heads, std::string id) {
  const auto bytes = id_bytes(id);
  if (!bytes) co_return Error(ErrorCode::not_found, "not the id of an entry");
  const auto rows = co_await log_store::entry(executor, id);
  if (rows.empty()) co_return Error(ErrorCode::not_found, "the log has no entry " + id);
  auto batches = co_await log_store::around(executor, id);
  const auto place = find(std::move(batches), *bytes);
  if (!place) co_return Error(ErrorCode::conflict, "entry " + id + " is not sealed yet: try again in a second");
  const auto& [batch, entry] = *place;
  const auto tree = co_await tree_before(executor, batch.first_entry);
  if (!tree)
    co_return Error(ErrorCode::conflict, "the head before entry " + id + " is gone or altered: see audit verify");

  const auto row = read_entry(rows.front(), 0);
  std::string canonical;
  append_canonical(canonical, row.text);
  const auto leaf = leaf_hash(canonical, row.mac);
  const auto path = tree->inclusion_path(hashes_of(batch), entry);
  const bool holds = proves_inclusion(leaf, entry, batch.head.head.tree_size, path, batch.head.head.root) &&
                     heads.check(batch.head) == HeadVerifier::Verdict::right;
  if (!holds) co_return Error(ErrorCode::conflict, "entry " + id + " is not as it was sealed: see audit verify");
  co_return proof_of(row, entry, leaf, path, batch.head);
}

Result<Proven> check_proof(std::string_view json, const HeadVerifier& heads) {
  const auto parsed = parse_json(json);
  const auto* proof = parsed ? parsed->if_object() : nullptr;
  const auto* version = proof != nullptr ? proof->if_contains("version") : nullptr;
  if (version == nullptr || !version->is_string() || version->get_string() != kVersion)
    return refused("not a proof of an audit entry");
  const auto* entry_value = proof->if_contains("entry");
  const auto* head_value = proof->if_contains("head");
  const auto entry = entry_value != nullptr ? EntryFromJson::read(*entry_value) : std::nullopt;
  const auto path = read_path(*proof);
  const auto number = read_number(*proof);
  if (!entry || head_value == nullptr || !path || !number)
    return refused("the proof lacks a member, or one has no known form");
  const auto head = head_from(*head_value);
  if (!head) return refused("the proof holds no signed head");
  switch (heads.check(*head)) {
    case HeadVerifier::Verdict::right:
      break;
    case HeadVerifier::Verdict::foreign_key:
      return refused("its head is signed by key " + head->key_id + ", which is not one of those given");
    case HeadVerifier::Verdict::wrong:
      return refused("its head is not signed by the key given");
  }
  if (!proves_inclusion(entry->leaf(), *number, head->head.tree_size, *path, head->head.root)) {
    return refused("the entry is not in the tree that the head is of: entry, number or path were altered");
  }
  return Proven{.id = std::string(entry->row().text.id), .entry = *number, .head = *head};
}

}  // namespace secureauth::audit
