#include "mail/smtp_verdict.hpp"

#include "core/ascii.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace secureauth::mail {
namespace {

using Mail = SmtpVerdict::Mail;

std::string_view name_of(SmtpStage stage) {
  switch (stage) {
    case SmtpStage::connect:
      return "the connection";
    case SmtpStage::hello:
      return "EHLO";
    case SmtpStage::starttls:
      return "STARTTLS";
    case SmtpStage::auth:
      return "AUTH";
    case SmtpStage::sender:
      return "MAIL";
    case SmtpStage::recipient:
      return "RCPT";
    case SmtpStage::data:
      return "DATA";
  }
  return "";
}

/// Codes and classes that speak of us or of the session, not of the recipient: a relay that wants a login (530, 5.7.x),
/// a command out of place (500 to 504). A wrong setting must not kill every mail of its first minute.
bool speaks_of_us(const SmtpReply& reply) {
  return reply.code == 530 || reply.code == 535 || reply.code == 538 || (reply.code >= 500 && reply.code <= 504) ||
         reply.enhanced.starts_with("5.7.");
}

/// The stages that depend on the recipient and the content: a server may look at another one's slow server meanwhile.
bool is_about_this_mail(SmtpStage stage) {
  return stage == SmtpStage::recipient || stage == SmtpStage::data;
}

bool is_final(SmtpStage stage, const SmtpReply& reply) {
  if (reply.code < 500) return false;
  if (stage == SmtpStage::recipient) return !speaks_of_us(reply);
  return stage == SmtpStage::data;  // this very content is refused, and it will be the same next time
}

/// `text` from its start to a blank, when it looks like "5.1.1".
std::string enhanced_code(std::string_view text) {
  const auto word = text.substr(0, text.find_first_of(" \r\n"));
  const bool plausible = word.size() >= 5 && word.size() <= 9 && word[1] == '.' && std::ranges::count(word, '.') == 2 &&
                         word.back() != '.' &&
                         std::ranges::all_of(word, [](char c) { return c == '.' || ascii::is_digit(c); });
  return plausible ? std::string(word) : "";
}

}  // namespace

SmtpVerdict judge(SmtpStage stage, const SmtpReply& reply) {
  SmtpVerdict verdict;
  verdict.reason = "the server answered " + std::to_string(reply.code) +
                   (reply.enhanced.empty() ? "" : ' ' + reply.enhanced) + " to " + std::string(name_of(stage));
  if (is_final(stage, reply)) {
    verdict.mail = Mail::never;
    return verdict;
  }
  verdict.server_fault = !is_about_this_mail(stage) || reply.code == 421;  // 421: closing the channel (RFC 5321 §3.8)
  return verdict;
}

SmtpVerdict judge_silence(SmtpStage stage, std::string reason) {
  // A server that is gone shows at the next mail's connection; one that is slow with one recipient must not be taken
  // for gone, or strangers with slow servers could hold up everybody's mail.
  return {Mail::later, !is_about_this_mail(stage), true, std::move(reason)};
}

SmtpReply read_reply(std::string_view line) {
  SmtpReply reply;
  if (line.size() < 3 || !std::ranges::all_of(line.substr(0, 3), ascii::is_digit)) return reply;
  reply.code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (line.size() > 4) reply.enhanced = enhanced_code(line.substr(4));
  return reply;
}

SmtpStage stage_after(std::string_view command, SmtpStage current) {
  constexpr std::array<std::pair<std::string_view, SmtpStage>, 7> kCommands{{{"EHLO", SmtpStage::hello},
                                                                             {"HELO", SmtpStage::hello},
                                                                             {"STARTTLS", SmtpStage::starttls},
                                                                             {"AUTH", SmtpStage::auth},
                                                                             {"MAIL", SmtpStage::sender},
                                                                             {"RCPT", SmtpStage::recipient},
                                                                             {"DATA", SmtpStage::data}}};
  const auto verb = command.substr(0, command.find_first_of(" \r\n"));
  const auto* const found = std::ranges::find(kCommands, verb, [](const auto& known) { return known.first; });
  return found == kCommands.end() ? current : found->second;
}

}  // namespace secureauth::mail
