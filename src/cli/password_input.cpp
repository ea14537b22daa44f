#include "cli/password_input.hpp"

#include "crypto/digest.hpp"

#include <sodium.h>

#include <iostream>
#include <stdexcept>
#include <string>
#include <termios.h>
#include <unistd.h>

namespace secureauth::cli {
namespace {

/// Turns the terminal's echo off while it lives.
class NoEcho {
 public:
  NoEcho() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) throw std::runtime_error("no terminal to ask on; use --password-stdin");
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~NoEcho() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
};

crypto::SecretBytes read_line() {
  std::string line;
  if (!std::getline(std::cin, line)) throw std::runtime_error("no password was given");
  if (line.ends_with('\r')) line.pop_back();  // a line of a CRLF file
  crypto::SecretBytes secret{std::string_view(line)};
  sodium_memzero(line.data(), line.size());
  return secret;
}

crypto::SecretBytes ask(const char* prompt) {
  std::cerr << prompt << std::flush;
  auto secret = read_line();
  std::cerr << '\n';
  return secret;
}

}  // namespace

passwords::Password read_new_password(bool from_stdin) {
  if (from_stdin) return passwords::Password(read_line());
  const NoEcho silence;
  const auto first = ask("Password: ");
  const auto second = ask("Once more: ");
  if (!crypto::equal(first.bytes(), second.bytes())) throw std::runtime_error("the two passwords differ");
  return passwords::Password(first);
}

}  // namespace secureauth::cli
