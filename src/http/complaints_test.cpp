#include "http/complaints.hpp"

#include <gtest/gtest.h>

namespace secureauth::http {
namespace {

using std::chrono::seconds;

TEST(ComplaintsTest, ABusyKindKeepsNoOtherQuiet) {  // ASVS 16.5.1
  Complaints complaints;
  const std::chrono::steady_clock::time_point now{};
  EXPECT_EQ(complaints.admit(Complaint::full, now), 0);
  EXPECT_EQ(complaints.admit(Complaint::full, now), std::nullopt);
  EXPECT_EQ(complaints.admit(Complaint::proxy_header, now), 0);
  EXPECT_EQ(complaints.admit(Complaint::accept_failed, now), 0);
}

TEST(ComplaintsTest, AFloodOfRefusedHeadersIsALineInTenSecondsThatCountsTheRest) {
  Complaints complaints;
  const std::chrono::steady_clock::time_point began{};
  EXPECT_EQ(complaints.admit(Complaint::proxy_header, began), 0);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(complaints.admit(Complaint::proxy_header, began + seconds(9)), std::nullopt);
  EXPECT_EQ(complaints.admit(Complaint::proxy_header, began + seconds(10)), 1000);
  EXPECT_EQ(complaints.admit(Complaint::proxy_header, began + seconds(20)), 0);
}

}  // namespace
}  // namespace secureauth::http
