#pragma once

#include "core/clock.hpp"
#include "mail/message.hpp"

#include <string>
#include <string_view>

namespace secureauth::mail {

/// What stands in every mail's From.
struct Sender {
  std::string email;  ///< its domain in ASCII form
  std::string name;   ///< may be empty
};

/// The mail as it travels (RFC 5322, 2045 to 2047): multipart/alternative of text and HTML, UTF-8 in quoted-printable,
/// CRLF, no line beyond 78 bytes except for an address in UTF-8 (RFC 6532). The same arguments give the same bytes:
/// every attempt sends one mail, under the Message-ID `<id@domain of the sender>`.
[[nodiscard]] std::string compose(const Message& message, const Sender& sender, std::string_view id, Timestamp date);

/// Text of a header: as it is where that is plain, short ASCII, else in encoded-words (RFC 2047 §2) on folded lines.
/// Line breaks and controls in it become spaces.
[[nodiscard]] std::string header_text(std::string_view text);

/// Quoted-printable (RFC 2045 §6.7) of text whose lines end in LF; the result's end in CRLF.
[[nodiscard]] std::string quoted_printable(std::string_view text);

/// `Tue, 24 Nov 2026 15:38:00 +0000` (RFC 5322 §3.3).
[[nodiscard]] std::string mail_date(Timestamp time);

}  // namespace secureauth::mail
