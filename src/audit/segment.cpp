#include "audit/segment.hpp"

#include "audit/entry_json.hpp"
#include "core/json.hpp"
#include "crypto/encoding.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace secureauth::audit::segment {
namespace {

constexpr std::string_view kVersion = "secureauth audit segment v1";

const boost::json::value* member(const boost::json::value& json, std::string_view name) {
  const auto* object = json.if_object();
  return object != nullptr ? object->if_contains(name) : nullptr;
}

Finding unreadable() {
  return {.kind = "file", .words = "is no line of a segment of an audit log", .entry = {}, .id = {}, .tree_size = {}};
}

/// Reads a segment line by line.
class Reader {
 public:
  Reader(const HeadVerifier& heads, const AuditKeys* keys, std::vector<SignedHead> published)
      : keys_(keys), chain_(heads, std::move(published)) {}

  std::optional<Finding> take(std::string_view line) {
    const auto json = parse_json(line);
    if (!json) return unreadable();
    if (!std::exchange(begun_, true)) return begin(*json);
    if (const auto* entry = member(*json, "entry")) return take_entry(*entry);
    if (const auto* batch = member(*json, "batch")) return take_batch(*batch);
    return unreadable();
  }

  std::optional<Finding> finish() const {
    if (begun_ && leaves_.empty() && chain_.newest()) return std::nullopt;
    return Finding{.kind = "cut",
                   .words = "the file ends before a batch's head: its end was cut",
                   .entry = chain_.tree().size(),
                   .id = {},
                   .tree_size = {}};
  }

  [[nodiscard]] Report report(std::optional<Finding> finding) const {
    return {.finding = std::move(finding),
            .begins_after = begins_after_,
            .ends_with = chain_.newest(),
            .entries = chain_.tree().size() - chain_.begins_behind(),
            .replaced = chain_.replaced()};
  }

 private:
  std::optional<Finding> begin(const boost::json::value& json) {
    const auto* version = member(json, "version");
    const auto* after = member(json, "after");
    if (version == nullptr || !version->is_string() || version->get_string() != kVersion || after == nullptr) {
      return unreadable();
    }
    if (after->is_null()) return std::nullopt;
    const auto* head_value = member(*after, "head");
    const auto* peaks_value = member(*after, "peaks");
    if (head_value == nullptr || peaks_value == nullptr || !peaks_value->is_string()) return unreadable();
    const auto head = head_from(*head_value);
    const auto peaks = crypto::base64_decode(peaks_value->get_string());
    if (!head || !peaks) return unreadable();
    begins_after_ = *head;
    return chain_.add({.first_entry = head->head.tree_size,
                       .head = *head,
                       .leaves = {},
                       .first_id = {},
                       .last_id = {},
                       .peaks = *peaks});
  }

  std::optional<Finding> take_entry(const boost::json::value& json) {
    const auto entry = EntryFromJson::read(json);
    const auto id = entry ? id_bytes(entry->row().text.id) : std::nullopt;
    if (!id) return unreadable();
    if (auto found = check_mac(entry->row())) return found;
    leaves_.push_back({*id, entry->leaf()});
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Finding> check_mac(const EntryRow& row) const {
    if (keys_ == nullptr || row.mac.empty()) return std::nullopt;
    std::string canonical;
    append_canonical(canonical, row.text);
    if (keys_->check(canonical, row.mac) != AuditKeys::Verdict::wrong) return std::nullopt;
    const std::string id(row.text.id);
    return Finding{.kind = "altered",
                   .words = "entry " + std::to_string(chain_.tree().size() + leaves_.size()) + " (" + id +
                            ") was altered: its MAC is not by the service's key",
                   .entry = chain_.tree().size() + leaves_.size(),
                   .id = id,
                   .tree_size = {}};
  }

  std::optional<Finding> take_batch(const boost::json::value& json) {
    const auto* head_value = member(json, "head");
    const auto head = head_value != nullptr ? head_from(*head_value) : Result<SignedHead>(Error());
    if (!head || leaves_.empty()) return unreadable();
    auto tree = chain_.tree();
    Batch batch{.first_entry = tree.size(), .head = *head, .leaves = {}, .first_id = {}, .last_id = {}, .peaks = {}};
    for (const auto& leaf : leaves_) {
      append_leaf(batch.leaves, leaf);
      tree.append(leaf.node);
    }
    const auto [least, greatest] = std::ranges::minmax(leaves_, {}, &Leaf::id);
    batch.first_id = id_text(least.id);
    batch.last_id = id_text(greatest.id);
    batch.peaks = tree.peaks();
    leaves_.clear();
    return chain_.add(batch);
  }

  const AuditKeys* keys_;
  ChainCheck chain_;
  std::optional<SignedHead> begins_after_;
  std::vector<Leaf> leaves_;
  bool begun_ = false;
};

}  // namespace

std::string text_of(const boost::json::object& line) {
  return boost::json::serialize(line) + '\n';
}

boost::json::object first_line(const std::optional<Batch>& anchor) {
  boost::json::value after = nullptr;
  if (anchor) {
    after = boost::json::object{{"head", as_json(anchor->head)}, {"peaks", crypto::base64_encode(anchor->peaks)}};
  }
  return {{"version", kVersion}, {"after", std::move(after)}};
}

boost::json::object entry_line(const EntryRow& row) {
  return {{"entry", as_json(row)}};
}

boost::json::object batch_line(const Batch& batch) {
  return {{"batch", {{"first_entry", batch.first_entry}, {"head", as_json(batch.head)}}}};
}

Report verify(std::istream& in, const HeadVerifier& heads, const AuditKeys* keys, std::vector<SignedHead> published) {
  Reader reader(heads, keys, std::move(published));
  std::string line;
  std::uint64_t number = 0;
  std::optional<Finding> found;
  while (!found && std::getline(in, line)) {
    ++number;
    found = reader.take(line);
    if (found) found->words = "line " + std::to_string(number) + ": " + found->words;
  }
  if (!found) found = reader.finish();
  return reader.report(std::move(found));
}

}  // namespace secureauth::audit::segment
