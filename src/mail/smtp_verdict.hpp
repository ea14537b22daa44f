#pragma once

#include <string>
#include <string_view>

namespace secureauth::mail {

/// How far a delivery came: what was sent last.
enum class SmtpStage { connect, hello, starttls, auth, sender, recipient, data };

/// The server's last reply: its code (RFC 5321 §4.2), 0 for none, and the enhanced one (RFC 3463) such as "5.1.1".
/// Its text is not kept: servers repeat the address in it.
struct SmtpReply {
  int code = 0;
  std::string enhanced;
};

/// What becomes of a mail after an attempt.
struct SmtpVerdict {
  enum class Mail {
    delivered,
    later,     ///< tried again
    never,     ///< refused for good: a dead letter
    untouched  ///< not tried to its end: the service stops
  };
  Mail mail = Mail::later;
  bool server_fault = false;  ///< the next mail would fare no better: an outage, or our settings
  bool server_spoke = true;   ///< false: this says nothing about the server, which was not asked
  std::string reason;         ///< for log, outbox and `mail queue`; names no address and no content
};

/// The verdict over a server's refusal, a 4xx or 5xx reply. The table is in docs/mail.md.
[[nodiscard]] SmtpVerdict judge(SmtpStage stage, const SmtpReply& reply);

/// The verdict where no answer came: a timeout, or a connection that could not be made or was lost. `reason` says
/// which.
[[nodiscard]] SmtpVerdict judge_silence(SmtpStage stage, std::string reason);

/// Reads a reply's last line.
[[nodiscard]] SmtpReply read_reply(std::string_view line);

/// The stage that a command of ours begins; `current` for a line that is none, such as an AUTH's continuation.
[[nodiscard]] SmtpStage stage_after(std::string_view command, SmtpStage current);

}  // namespace secureauth::mail
