#include "cli/mail.hpp"

#include "app/record_store.hpp"
#include "cli/settings.hpp"
#include "core/run_to_end.hpp"
#include "crypto/uuid.hpp"
#include "mail/mail_queue.hpp"
#include "mail/outbox.hpp"

#include <boost/json/serialize.hpp>

#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

namespace secureauth::cli {
namespace {

namespace json = boost::json;
using mail::mail_queue::Retried;
using mail::mail_queue::Waiting;

/// What the command line gave; one for all commands, living as long as the parser.
struct Arguments {
  std::string id;
  bool all = false;
  bool dead = false;
  int limit = 1000;
};

/// What the commands look at.
struct Mailroom {
  std::shared_ptr<db::Database> database;
  const mail::Outbox& outbox;
  Timestamp now;
};

void with_mailroom(CommandContext& context, const std::function<void(Mailroom&)>& body) {
  run_command(context, [&] {
    const auto config = settings_or_complain(context);
    if (!config) return;
    const SystemClock clock;
    crypto::SystemRandom random;
    const mail::Outbox outbox(clock, random,
                              {crypto::RotatingKey(config->secret_key.clone()), crypto::RotatingKey::to_come()});
    Mailroom room{app::open_record_store(*config), outbox, clock.now()};
    body(room);
  });
}

/// Enough to recognise an address by, not enough to learn it.
std::string recipient_of(const Mailroom& room, const Waiting& one) {
  if (!one.content) return "(wiped)";
  const auto message = room.outbox.open(*one.content, one.id);
  return message ? mail::masked(message->recipient) : "(sealed with another SECRET_KEY)";
}

std::string age_of(const Mailroom& room, const Waiting& one) {
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(room.now - one.created_at);
  return mail::in_words(std::max(age, std::chrono::seconds(0)), Locale::en);
}

void print(const Mailroom& room, const Waiting& one, const Arguments& arguments, bool as_json) {
  const std::string state = arguments.dead ? "dead" : "queued";
  const auto next_try = arguments.dead ? json::value(nullptr) : json::value(to_rfc3339(one.due_at));
  const auto error = one.last_error ? json::value(*one.last_error) : json::value(nullptr);
  if (as_json) {
    const json::object object{{"id", one.id},
                              {"kind", one.kind},
                              {"recipient", recipient_of(room, one)},
                              {"state", state},
                              {"attempts", one.attempts},
                              {"next_try", next_try},
                              {"created_at", to_rfc3339(one.created_at)},
                              {"last_error", error}};
    std::cout << json::serialize(object) << '\n';
    return;
  }
  std::cout << one.id << "  " << one.kind << "  " << recipient_of(room, one) << "  " << state << "  tried "
            << one.attempts << " times" << (arguments.dead ? "" : "  next " + to_rfc3339(one.due_at)) << "  "
            << age_of(room, one) << " old" << (one.last_error ? "  " + *one.last_error : "") << '\n';
}

void show_queue(CommandContext& context, const Arguments& arguments) {
  with_mailroom(context, [&](Mailroom& room) {
    const auto list = arguments.dead ? run_to_end(mail::mail_queue::dead(*room.database, arguments.limit))
                                     : run_to_end(mail::mail_queue::queued(*room.database, arguments.limit));
    for (const auto& one : list) print(room, one, arguments, context.json);
    if (list.empty() && !context.json) std::cout << (arguments.dead ? "No dead letters.\n" : "No mail waits.\n");
  });
}

void retry_one(CommandContext& context, const Mailroom& room, const std::string& id) {
  // Not even asked for: PostgreSQL would refuse the text as no UUID.
  const auto outcome =
      crypto::is_uuid(id) ? run_to_end(mail::mail_queue::retry(*room.database, id, room.now)) : Retried::unknown;
  switch (outcome) {
    case Retried::queued:
      say(context, "queued again: " + id, {{"retried", 1}});
      return;
    case Retried::not_dead:
      throw std::runtime_error(id + " is no dead letter: it was delivered or is still being tried");
    case Retried::content_gone:
      throw std::runtime_error(id + " cannot be sent again: its content was wiped when its time was over");
    case Retried::unknown:
      throw std::runtime_error("there is no mail " + id);
  }
}

void retry(CommandContext& context, const Arguments& arguments) {
  with_mailroom(context, [&](Mailroom& room) {
    if (!arguments.all) {
      retry_one(context, room, arguments.id);
      return;
    }
    const auto count = run_to_end(mail::mail_queue::retry_all(*room.database, room.now));
    say(context, "queued again: " + std::to_string(count), {{"retried", count}});
  });
}

}  // namespace

void add_mail(CLI::App& root, CommandContext& context) {
  auto* mail = root.add_subcommand("mail", "Look at mail that is not delivered, and try dead letters again");
  mail->require_subcommand(1);
  const auto arguments = std::make_shared<Arguments>();

  auto* queue = mail->add_subcommand("queue", "List what waits for delivery, next to be tried first");
  queue->add_flag("--dead", arguments->dead,
                  "List dead letters instead: refused for good, or not delivered in their time");
  queue->add_option("--limit", arguments->limit, "At most so many")->check(CLI::Range(1, 100000));
  queue->callback([&context, arguments] { show_queue(context, *arguments); });

  auto* again = mail->add_subcommand("retry", "Queue a dead letter again, to be tried at once");
  auto* id = again->add_option("ID", arguments->id, "The dead letter, as `mail queue --dead` lists it");
  auto* all = again->add_flag("--all", arguments->all, "All that still have their content")->excludes(id);
  again->callback([&context, arguments, id, all] {
    if (id->empty() && all->empty()) throw CLI::RequiredError("ID or --all");
    retry(context, *arguments);
  });
}

}  // namespace secureauth::cli
