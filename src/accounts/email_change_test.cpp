#include "accounts/account_fixture.hpp"

namespace secureauth::accounts {
namespace {

using mail::Kind;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

class EmailChangeTest : public AccountFixture {
 protected:
  void ask(const sessions::SessionRef& session, std::string_view address) {
    EXPECT_TRUE(wait(email_change_.request(session, email(address), client_)));
  }
  std::optional<ErrorCode> confirm(const EmailChangeToken& token) {
    const auto changed = wait(email_change_.confirm(token, client_));
    if (changed) return std::nullopt;
    return changed.error().code;
  }
  std::optional<ErrorCode> undo(const EmailUndoToken& token) {
    const auto undone = wait(email_change_.undo(token, client_));
    if (undone) return std::nullopt;
    return undone.error().code;
  }
  EmailChangeToken asked(const User& user, std::string_view address) { return asked_in(sign_in(user), address); }
  EmailChangeToken asked_in(const sessions::SessionRef& session, std::string_view address) {
    ask(session, address);
    return token_in<EmailChangeToken>(Kind::confirm_email_change).value();
  }
  /// Three mails of a kind, whoever caused them.
  void fill_hour(Kind kind, std::string_view address) {
    auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
      for (int i = 0; i < 3; ++i) {
        const Recipient to{std::string(address), email(address).key()};
        auto letter = letters_.with_token(kind, to, "/page", "a token", seconds(1));
        mail::say_when_and_where(letter, clock_.now(), client_);
        co_await outbox_.enqueue(tx, std::move(letter));
      }
      co_return Result<void>{};
    };
    wait(database_->transaction(body));
  }
  std::vector<std::string> addresses() { return select("SELECT email FROM users ORDER BY email"); }
};

TEST_F(EmailChangeTest, ALinkLivesADayToTheSecond) {  // 63B §4.2.1.2
  const auto ann = add_account("ann@example.org");
  const auto late = asked(ann, "new@example.org");
  clock_.advance(hours(24));
  EXPECT_EQ(confirm(late), ErrorCode::invalid_token);
  const auto early = asked(ann, "new@example.org");
  clock_.advance(hours(24) - seconds(1));
  EXPECT_EQ(confirm(early), std::nullopt);
  EXPECT_EQ(addresses(), std::vector<std::string>{"new@example.org"});
}

TEST_F(EmailChangeTest, AFactorThatCameMeanwhileCounts) {        // ASVS 7.5.1, 15.4.2
  const auto session = sign_in(add_account("ann@example.org"));  // as the gate saw it
  add_factor();
  const auto asked = wait(email_change_.request(session, email("new@example.org"), client_));
  EXPECT_EQ(asked.error().code, ErrorCode::step_up_required);
  EXPECT_EQ(mails_of(Kind::confirm_email_change), 0U);
}

TEST_F(EmailChangeTest, TheOldMailboxObjectsForAWeekToTheSecond) {  // CS Authentication (change of address)
  const auto ann = add_account("ann@example.org");
  EXPECT_EQ(confirm(asked(ann, "new@example.org")), std::nullopt);
  const auto token = token_in<EmailUndoToken>(Kind::email_changed).value();
  clock_.advance(days(7) - seconds(1));
  EXPECT_EQ(undo(token), std::nullopt);
  EXPECT_EQ(addresses(), std::vector<std::string>{"ann@example.org"});
}

// CS Forgot Password: who had the account meanwhile leaves no key in it.
TEST_F(EmailChangeTest, TheOldMailboxTakesTheFactorsBackThatCameSinceTheChange) {
  const auto ann = add_account("ann@example.org");
  EXPECT_EQ(confirm(asked(ann, "new@example.org")), std::nullopt);
  const auto changed_at = clock_.now();
  clock_.advance(days(2));
  EXPECT_EQ(undo(token_in<EmailUndoToken>(Kind::email_changed).value()), std::nullopt);
  EXPECT_EQ(dropped_, (std::vector<Dropped>{{changed_at, audit::Event::email_change_undone}}));
}

TEST_F(EmailChangeTest, AfterAWeekTheChangeStands) {
  const auto ann = add_account("ann@example.org");
  EXPECT_EQ(confirm(asked(ann, "new@example.org")), std::nullopt);
  const auto token = token_in<EmailUndoToken>(Kind::email_changed).value();
  clock_.advance(days(7));
  EXPECT_EQ(undo(token), ErrorCode::invalid_token);
}

TEST_F(EmailChangeTest, ATakenAnOwnAndAFreeAddressCostTheSameStatements) {  // ASVS 6.3.8
  add_account("taken@example.org");
  const auto session = sign_in(add_account("ann@example.org"));
  const auto statements_for = [&](std::string_view address) {
    recorder_.take();
    ask(session, address);
    return recorder_.take();
  };
  const auto free = statements_for("free@example.org");
  EXPECT_EQ(free.back(), "COMMIT");
  EXPECT_EQ(statements_for("taken@example.org"), free);
  EXPECT_EQ(statements_for("ann@example.org"), free);
  for (int i = 0; i < 3; ++i) ask(session, "taken@example.org");
  EXPECT_EQ(statements_for("taken@example.org"), free) << "beyond the cap";
}

TEST_F(EmailChangeTest, AFullMailboxTellsNotWhetherItsAddressIsTaken) {  // ASVS 6.3.8
  add_account("taken@example.org");
  std::vector<std::vector<std::string_view>> statements;
  std::vector<std::optional<ErrorCode>> older;
  std::vector<std::vector<std::string>> links;
  for (const std::string address : {"taken@example.org", "free@example.org"}) {
    const bool taken = address.starts_with("taken");
    fill_hour(taken ? Kind::address_taken : Kind::verify_email, address);
    if (taken) fill_hour(Kind::address_wanted, address);  // as if its owner had it since a minute ago
    const auto ann = add_account("ann." + address);
    const auto token = asked(ann, "own." + address);
    recorder_.take();
    ask(sign_in(ann), address);
    statements.push_back(recorder_.take());
    links.push_back(select("SELECT kind FROM one_time_tokens"));
    older.push_back(confirm(token));
    wait(database_->execute(db::Statement{"DELETE FROM one_time_tokens"}, db::Params()));
    clock_.advance(seconds(1));  // so that mails have an order
  }
  EXPECT_EQ(statements.front(), statements.back());
  EXPECT_EQ(links.front(), links.back()) << "what an export shows";
  EXPECT_EQ(older.front(), older.back()) << "the link before";
}

TEST_F(EmailChangeTest, OneAccountWritesToThreeStrangersAnHour) {  // attack 3
  const auto session = sign_in(add_account("ann@example.org"));
  ask(session, "one@example.org");
  ask(session, "two@example.org");
  clock_.advance(seconds(1));
  const auto third = asked_in(session, "three@example.org");
  recorder_.take();
  ask(session, "three@example.org");
  const auto beyond = recorder_.take();
  for (int i = 0; i < 40; ++i) ask(session, "stranger" + std::to_string(i) + "@example.org");
  EXPECT_EQ(mails_of(Kind::confirm_email_change), 3U);
  EXPECT_EQ(confirm(third), std::nullopt) << "a link that is not mailed kills none that was";
  const auto other = sign_in(add_account("bob@example.org"));
  recorder_.take();
  ask(other, "bobs@example.org");
  EXPECT_EQ(recorder_.take(), beyond);
}

TEST_F(EmailChangeTest, CrossedChangesTakeTheirTurnsInOneOrder) {  // else two of them wait for each other
  const auto ann = sign_in(add_account("ann@example.org"));
  const auto bob = sign_in(add_account("bob@example.org"));
  const std::vector<std::string> sorted{"mail:ann@example.org", "mail:bob@example.org"};
  for (const auto& [session, wanted] : {std::pair(ann, "bob@example.org"), std::pair(bob, "ann@example.org")}) {
    recorder_.take_subjects();
    ask(session, wanted);
    auto subjects = recorder_.take_subjects();
    std::erase_if(subjects, [](const auto& subject) { return !subject.starts_with("mail:"); });
    ASSERT_GE(subjects.size(), 2U);
    subjects.resize(2);
    EXPECT_EQ(subjects, sorted);
  }
}

TEST_F(EmailChangeTest, AnUndoEndsTheUndosOfLaterChanges) {  // whoever was in between has no say
  const auto ann = add_account("ann@example.org");
  EXPECT_EQ(confirm(asked(ann, "evil@example.org")), std::nullopt);
  const auto owners = token_in<EmailUndoToken>(Kind::email_changed).value();
  clock_.advance(seconds(1));
  const auto moved = wait(user_store::find_by_id(*database_, ann.id)).value().user;
  EXPECT_EQ(confirm(asked(moved, "worse@example.org")), std::nullopt);
  const auto strangers = token_in<EmailUndoToken>(Kind::email_changed).value();
  EXPECT_EQ(undo(owners), std::nullopt);
  EXPECT_EQ(undo(strangers), ErrorCode::invalid_token);
  EXPECT_TRUE(select("SELECT id FROM one_time_tokens").empty());
  EXPECT_EQ(addresses(), std::vector<std::string>{"ann@example.org"});
}

TEST_F(EmailChangeTest, TheOwnerOfATakenAddressGetsNoTokenAndTheIndexDecides) {  // CS Authentication
  const auto taken = add_account("taken@example.org");
  wait(database_->execute(db::Statement{"UPDATE users SET locale = 'de'"}, db::Params()));
  const auto ann = add_account("ann@example.org");
  ask(sign_in(ann), "taken@example.org");
  EXPECT_EQ(mails_of(Kind::confirm_email_change), 0U);
  EXPECT_EQ(mail_of(Kind::address_wanted)->recipient, "taken@example.org");
  EXPECT_EQ(mail_of(Kind::address_wanted)->subject, "Jemand möchte Ihre Adresse für ein anderes Konto verwenden")
      << "in the owner's language";
  const auto again = asked(ann, "soon@example.org");
  wait(user_store::set_email(*database_, taken.id, "taken@example.org", "soon@example.org", "soon@example.org",
                             clock_.now()));
  EXPECT_EQ(confirm(again), ErrorCode::invalid_token) << "somebody has it by now";
  EXPECT_EQ(addresses(), (std::vector<std::string>{"ann@example.org", "soon@example.org"}));
  EXPECT_EQ(select("SELECT id FROM sessions").size(), 2U) << "nothing else of it was kept";
}

TEST_F(EmailChangeTest, AnUndoDemandsAnotherPassword) {  // a session taken over
  const auto ann = add_account("ann@example.org");
  EXPECT_EQ(confirm(asked(ann, "evil@example.org")), std::nullopt);
  EXPECT_EQ(undo(token_in<EmailUndoToken>(Kind::email_changed).value()), std::nullopt);
  const auto credential = wait(find_password_credential(*database_, ann.id)).value();
  EXPECT_EQ(credential.user.password_must_change, PasswordMustChange::compromised);
  EXPECT_TRUE(select("SELECT id FROM sessions").empty());
  EXPECT_EQ(mails_of(Kind::email_change_undone), 2U) << "both addresses";
}

TEST_F(EmailChangeTest, ABackwardChangeLeavesTheIntrudersMailboxNoUndo) {  // a session taken over
  auto ann = add_account("ann@example.org");
  const auto move_to = [&](const std::string& address) {
    EXPECT_EQ(confirm(asked(ann, address)), std::nullopt);
    ann.email = address;
    clock_.advance(seconds(1));
  };
  move_to("evil@example.org");
  move_to("evil2@example.org");
  move_to("ann@example.org");
  EXPECT_TRUE(select("SELECT id FROM one_time_tokens").empty()) << "neither of the first nor of the second";
  EXPECT_EQ(mails_of(Kind::email_changed), 2U);
  EXPECT_EQ(mail_of(Kind::email_change_undone)->recipient, "evil2@example.org") << "told, and given nothing";
}

TEST_F(EmailChangeTest, ABackwardChangeLeavesTheEarlierUndo) {
  auto ann = add_account("first@example.org");
  for (const auto* address : {"second@example.org", "third@example.org", "second@example.org"}) {
    EXPECT_EQ(confirm(asked(ann, address)), std::nullopt);
    ann.email = address;
    clock_.advance(seconds(1));
  }
  EXPECT_EQ(select("SELECT email FROM one_time_tokens"), std::vector<std::string>{"first@example.org"});
}

TEST_F(EmailChangeTest, AnAddressStandsMaskedInMailsToTheOther) {
  const auto ann = add_account("ann@example.org");
  EXPECT_EQ(confirm(asked(ann, "secret@example.org")), std::nullopt);
  for (const auto kind : {Kind::email_change_asked, Kind::email_changed}) {
    EXPECT_EQ(mail_of(kind)->text.find("secret@"), std::string::npos);
  }
}

}  // namespace
}  // namespace secureauth::accounts
