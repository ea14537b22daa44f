#include "audit/proof.hpp"

#include "audit/sealed_log_fixture.hpp"
#include "audit/segment.hpp"

#include <boost/json/serialize.hpp>

#include <sstream>

namespace secureauth::audit {
namespace {

class AuditProofTest : public SealedLogTest {
 protected:
  /// Of the third of seven entries, in the second of three batches.
  boost::json::object proof() {
    for (const std::size_t count : {2U, 3U, 2U}) {
      record(count);
      clock_.advance(std::chrono::seconds(1));
      seal();
    }
    const auto batch = run_to_end(log_store::of_size(*database_, 5));
    return run_to_end(prove(*database_, heads_, id_text(leaf_at(batch->leaves, 0).id))).value();
  }
  bool holds(const boost::json::value& proof) const {
    return check_proof(boost::json::serialize(proof), heads_).has_value();
  }

  HeadVerifier heads_{keys_for_tests()};
};

TEST_F(AuditProofTest, LeadsToTheHeadOfItsOwnBatch) {  // ASVS 16.4.2; RFC 9162 §2.1.3
  const auto proven = check_proof(boost::json::serialize(proof()), heads_);
  ASSERT_TRUE(proven);
  EXPECT_EQ(proven->entry, 2U);
  EXPECT_EQ(proven->head.head.tree_size, 5U);
}

TEST_F(AuditProofTest, EveryMemberOfTheEntryIsProven) {  // attack 40
  const auto right = proof();
  for (const auto& member : right.at("entry").get_object()) {
    auto altered = right;
    altered["entry"].get_object()[member.key()] = "x";
    EXPECT_FALSE(holds(altered)) << member.key();
  }
  auto moved = right;
  moved["entry_number"] = 3;
  EXPECT_FALSE(holds(moved));
}

TEST_F(AuditProofTest, RefusesWhatIsNoProof) {
  const auto right = proof();
  ASSERT_TRUE(holds(right));
  const std::vector<boost::json::value> others = {nullptr, 7, -1, "x", boost::json::array{7}, boost::json::object{}};
  for (const auto* name : {"version", "entry", "entry_number", "inclusion_path", "head"}) {
    auto without = right;
    without.erase(name);
    EXPECT_FALSE(holds(without)) << name;
    for (const auto& other : others) {
      without[name] = other;
      EXPECT_FALSE(holds(without)) << name << " " << other;
    }
  }
  EXPECT_FALSE(check_proof("", heads_));
  EXPECT_FALSE(check_proof("[]", heads_));
}

TEST_F(AuditProofTest, ProvesNothingThatIsNotAsItWasSealed) {  // attack 40
  const auto id = std::string(proof().at("entry").at("id").as_string());
  execute("UPDATE audit_logs SET ip = 'x'");
  const auto altered = run_to_end(prove(*database_, heads_, id));
  ASSERT_FALSE(altered);
  EXPECT_EQ(altered.error().code, ErrorCode::conflict);
  record();
  const auto waiting = text("SELECT entry_id FROM audit_pending");
  EXPECT_EQ(run_to_end(prove(*database_, heads_, waiting)).error().code, ErrorCode::conflict);
  EXPECT_EQ(run_to_end(prove(*database_, heads_, "x")).error().code, ErrorCode::not_found);
}

TEST(AuditSegmentTest, RefusesWhatIsNoSegment) {
  const HeadVerifier heads(keys_for_tests());
  const auto first = boost::json::serialize(segment::first_line(std::nullopt)) + "\n";
  for (const std::string& content :
       {std::string(), std::string("x\n"), std::string("{}\n"), first, first + "{}\n", first + "{\"entry\":{}}\n",
        first + "{\"batch\":{}}\n", first + "{\"batch\":7}\n", first + "[]\n", first + first,
        std::string("{\"version\":\"secureauth audit segment v1\",\"after\":7}\n")}) {
    std::istringstream in(content);
    EXPECT_TRUE(segment::verify(in, heads, nullptr).finding) << content;
  }
}

}  // namespace
}  // namespace secureauth::audit
