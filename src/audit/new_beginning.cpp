#include "audit/new_beginning.hpp"

#include "audit/log_store.hpp"
#include "crypto/encoding.hpp"

#include <exception>
#include <utility>

namespace secureauth::audit {
namespace {

Error refused(std::string why) {
  return {ErrorCode::conflict, std::move(why)};
}

/// The former tree, by the word of the present key.
std::optional<Batch> anchor_of(const FormerLog& former, const HeadSigner& signer, Timestamp now) {
  auto anchor = former.last_sound();
  if (!anchor) return std::nullopt;
  anchor->head.head.sealed_at = now;
  anchor->head = signer.sign(anchor->head.head);
  return anchor;
}

Entry begun_anew(const NewBeginning::Done& done, std::string reason, Operator by) {
  const auto& head = done.former.head;
  return {.event = Event::audit_begun_anew,
          .actor = by.actor,
          .session = by.session,
          .client = std::move(by.client),
          .details = {{"until", done.anchor ? done.anchor->head.tree_size : 0},
                      {"tree_size", head.tree_size},
                      {"root_hash", crypto::hex_encode(head.root)},
                      {"key_id", done.former.key_id},
                      {"entries", done.entries},
                      {"sha256", done.sha256},
                      {"stated_reason", std::move(reason)}}};
}

}  // namespace

net::awaitable<Result<NewBeginning::Done>> NewBeginning::operator()(std::filesystem::path folder, std::string reason,
                                                                    Operator by) const {
  const auto newest = co_await log_store::newest(parts_.database);
  if (!newest) co_return refused("nothing is sealed: the log has no key yet that could be lost");
  switch (parts_.heads.check(newest->head)) {
    case HeadVerifier::Verdict::right:
      co_return refused("key " + newest->head.key_id +
                        ", which signed the newest head, is in the settings: nothing is lost. Rotate it, or prune");
    case HeadVerifier::Verdict::wrong:
      co_return refused("key " + newest->head.key_id +
                        ", which is in the settings, did not sign the newest head, which says so: see audit verify");
    case HeadVerifier::Verdict::foreign_key:
      break;
  }
  FormerLog former({.database = parts_.database, .keys = parts_.keys, .heads = parts_.heads}, folder);
  co_await former.keep();
  std::exception_ptr failed;  // nothing can be awaited in a handler
  Result<Done> done = refused("");
  try {
    done = co_await begin(former, std::move(reason), std::move(by));
  } catch (const db::CommitOutcomeUnknown&) {
    throw;  // the folder may be all that there is
  } catch (...) {
    failed = std::current_exception();
  }
  if (failed || !done) std::filesystem::remove_all(folder);  // everything is still in the log
  if (failed) std::rethrow_exception(failed);
  co_return done;
}

// What is recorded meanwhile has its line in the queue and stays; whatever else came or went, the folder lacks.
net::awaitable<Result<NewBeginning::Done>> NewBeginning::begin(const FormerLog& former, std::string reason,
                                                               Operator by) const {
  const HeadSigner signer(parts_.keys);
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<Done>> {
    tx.serialize_on("audit.seal");
    const auto newest = co_await log_store::newest(tx);
    if (!newest || newest->head != former.newest()) {
      co_return refused("somebody sealed or pruned meanwhile: stop every instance, then try again");
    }
    for (const auto& positions : former.lines()) co_await log_store::remove_waiting(tx, positions);
    const auto removed = co_await log_store::remove_all_but_waiting(tx);
    if (removed != former.entries()) {
      co_return refused("somebody wrote to the log meanwhile: stop every instance, then try again");
    }
    auto anchor = anchor_of(former, signer, parts_.clock.now());
    Done done{.former = newest->head,
              .anchor = std::nullopt,
              .entries = former.entries(),
              .sha256 = former.sha256(),
              .knows_some_head = former.knows_some_head()};
    co_await log_store::remove_heads(tx);
    if (anchor) {
      done.anchor = anchor->head;
      co_await log_store::add(tx, *std::move(anchor));
    }
    co_await log_store::bound_deliveries(tx, done.anchor ? done.anchor->head.tree_size : 0);
    auto entry = begun_anew(done, reason, by);
    co_await parts_.audit.record(tx, std::move(entry));
    co_return done;
  };
  auto done = co_await parts_.database.transaction(body);
  co_return done;
}

}  // namespace secureauth::audit
