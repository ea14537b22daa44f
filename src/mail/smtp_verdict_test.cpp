#include "mail/smtp_verdict.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace secureauth::mail {
namespace {

using Mail = SmtpVerdict::Mail;
using Stage = SmtpStage;

struct Row {
  Stage stage;
  const char* line;
  Mail mail;
  bool server_fault;
};

TEST(SmtpVerdictTest, OnlyWhatSpeaksOfTheRecipientOrTheContentIsFinal) {  // RFC 5321 §4.2.1; RFC 3463
  for (const auto& row : std::vector<Row>{{Stage::recipient, "550 5.1.1 no such user", Mail::never, false},
                                          {Stage::recipient, "550 no", Mail::never, false},
                                          {Stage::recipient, "553 5.1.3 bad address", Mail::never, false},
                                          {Stage::recipient, "552 5.2.2 mailbox full", Mail::never, false},
                                          {Stage::recipient, "450 4.2.1 greylisted", Mail::later, false},
                                          {Stage::recipient, "554 5.7.1 relaying denied", Mail::later, false},
                                          {Stage::recipient, "530 5.7.0 log in first", Mail::later, false},
                                          {Stage::recipient, "503 bad sequence", Mail::later, false},
                                          {Stage::recipient, "421 closing", Mail::later, true},
                                          {Stage::data, "554 5.6.0 not this", Mail::never, false},
                                          {Stage::data, "451 4.3.0 disk full", Mail::later, false},
                                          {Stage::sender, "550 5.7.1 not you", Mail::later, true},
                                          {Stage::sender, "452 4.3.1 no room", Mail::later, true},
                                          {Stage::connect, "554 no service", Mail::later, true},
                                          {Stage::hello, "550 no", Mail::later, true},
                                          {Stage::starttls, "454 not now", Mail::later, true},
                                          {Stage::auth, "535 5.7.8 wrong", Mail::later, true}}) {
    const auto verdict = judge(row.stage, read_reply(row.line));
    EXPECT_EQ(verdict.mail, row.mail) << row.line;
    EXPECT_EQ(verdict.server_fault, row.server_fault) << row.line;
  }
}

TEST(SmtpVerdictTest, SilenceAfterMailIsAboutThatMailAndNoOutage) {
  for (const auto stage : {Stage::recipient, Stage::data}) EXPECT_FALSE(judge_silence(stage, "timed out").server_fault);
  for (const auto stage : {Stage::connect, Stage::hello, Stage::starttls, Stage::auth, Stage::sender}) {
    EXPECT_TRUE(judge_silence(stage, "timed out").server_fault);
  }
  EXPECT_EQ(judge_silence(Stage::data, "timed out").mail, Mail::later);
  EXPECT_EQ(judge_silence(Stage::data, "timed out").reason, "timed out");
}

TEST(SmtpVerdictTest, AReasonKeepsTheCodesAndNotTheText) {  // ASVS 16.2.5
  const auto reply = read_reply("550 5.1.1 <ann@example.org>: no such user\r\n");
  EXPECT_EQ(judge(Stage::recipient, reply).reason, "the server answered 550 5.1.1 to RCPT");
  EXPECT_EQ(judge(Stage::data, read_reply("554 ann@example.org")).reason, "the server answered 554 to DATA");
}

TEST(SmtpVerdictTest, ReadsRepliesOfAnyForm) {
  EXPECT_EQ(read_reply("250-SIZE 1").code, 250);
  EXPECT_EQ(read_reply("550 5.1.1").enhanced, "5.1.1");
  EXPECT_EQ(read_reply("550 5.1.1\r\n").enhanced, "5.1.1");
  for (const auto* line : {"550 5.1. x", "550 51.1 x", "550 a.b.c", "550", "550 ", "550 5.1.1.1.1.1.1"}) {
    EXPECT_EQ(read_reply(line).enhanced, "") << line;
  }
  for (const auto* line : {"", "5", "55", "x50 no", "hello"}) EXPECT_EQ(read_reply(line).code, 0) << line;
}

TEST(SmtpVerdictTest, ACommandBeginsItsStage) {
  EXPECT_EQ(stage_after("EHLO a\r\n", Stage::connect), Stage::hello);
  EXPECT_EQ(stage_after("RCPT TO:<DATA@example.org>\r\n", Stage::sender), Stage::recipient);
  EXPECT_EQ(stage_after("DATA\r\n", Stage::recipient), Stage::data);
  EXPECT_EQ(stage_after("AGFubgBwYXNz\r\n", Stage::auth), Stage::auth) << "an AUTH's continuation";
  EXPECT_EQ(stage_after("QUIT\r\n", Stage::data), Stage::data);
}

}  // namespace
}  // namespace secureauth::mail
