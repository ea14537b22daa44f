// g++ -std=c++20 tour.cpp -lcurl -lboost_json -lcrypto -o tour && ./tour http://localhost:8000 ada@example.org
// Signs up, in and out, against a service in development.
#include "secureauth.hpp"
#include "token_check.hpp"

#include <openssl/hmac.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <iostream>
#include <regex>
#include <thread>

namespace json = boost::json;

namespace {

constexpr std::string_view kPassword = "correct horse battery";

std::string text(const json::object& answer, std::string_view name) {
  return std::string(answer.at(name).as_string());
}

/// Of the newest mail; the development mailbox stands in for the inbox.
std::string mailed_token(Client& client, const std::string& email) {
  static const std::regex token("#token=([A-Za-z0-9_-]+)");
  for (int tries = 0; tries < 50; ++tries) {
    const auto mailbox = client.call("GET", "/dev/mailbox/messages");
    for (const auto& mail : mailbox.at("messages").as_array()) {
      const auto content = text(mail.as_object(), "text");
      std::smatch found;
      if (text(mail.as_object(), "to") == email && std::regex_search(content, found, token)) return found[1];
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  throw std::runtime_error("no mail came");
}

std::string base32_decoded(std::string_view secret) {
  std::string bytes;
  unsigned held = 0;
  int bits = 0;
  for (const char letter : secret) {
    const auto value = static_cast<unsigned>(letter >= 'A' ? letter - 'A' : letter - '2' + 26);
    held = (held << 5 | value) & 0xffffU;
    bits += 5;
    if (bits >= 8) bytes += static_cast<char>(held >> (bits -= 8) & 0xffU);
  }
  return bytes;
}

/// The code that an authenticator app shows now (RFC 6238).
std::string totp(std::string_view secret, int steps_ahead = 0) {
  const auto key = base32_decoded(secret);
  auto step = static_cast<std::uint64_t>(std::time(nullptr) / 30 + steps_ahead);
  std::array<unsigned char, 8> counter{};
  for (auto at = counter.rbegin(); at != counter.rend(); ++at, step >>= 8) *at = static_cast<unsigned char>(step);
  std::array<unsigned char, 20> mac{};
  unsigned size = mac.size();
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), counter.data(), counter.size(), mac.data(), &size);
  const auto at = mac.back() & 15U;
  std::uint32_t number = 0;
  for (unsigned i = 0; i < 4; ++i) number = number << 8 | mac.at(at + i);
  const auto digits = std::to_string((number & 0x7fffffffU) % 1'000'000);
  return std::string(6 - digits.size(), '0') + digits;
}

void show(std::string_view what, const json::object& who) {
  std::cout << what << ": aal " << who.at("aal") << " by";
  for (const auto& way : who.at("amr").as_array()) std::cout << ' ' << std::string_view(way.as_string());
  std::cout << '\n';
}

template <class Call>
void show_refusal(Call call) {
  try {
    call();
  } catch (const Problem& problem) {
    std::cout << "refused: " << problem.status << ' ' << problem.code << '\n';
  }
}

void tour(const std::string& site, const std::string& email) {
  Client client(site);
  const json::object credentials{{"email", email}, {"password", kPassword}};

  client.call("POST", "/auth/register", credentials);
  client.call("POST", "/auth/verify-email", json::object{{"token", mailed_token(client, email)}});
  std::cout << "verified\n";

  show_refusal(
      [&] { client.call("POST", "/auth/login", json::object{{"email", email}, {"password", "not the password"}}); });

  client.call("POST", "/auth/login", credentials);
  show("signed in", client.call("GET", "/auth/me"));

  const auto secret = text(client.call("POST", "/auth/mfa/totp/setup"), "secret");
  client.call("POST", "/auth/mfa/totp/verify", json::object{{"code", totp(secret)}});
  show("signed in", client.call("GET", "/auth/me"));

  const auto half = client.call("POST", "/auth/login", credentials);
  std::cout << "second factor due: " << std::string_view(half.at("methods").at(0).as_string()) << '\n';
  // A code works once: this is the next one, which a clock that is a little ahead would show.
  client.call("POST", "/auth/mfa/totp/verify",
              json::object{{"challenge_id", half.at("challenge_id")}, {"code", totp(secret, 1)}});
  show("signed in", client.call("GET", "/auth/me"));

  const auto token = text(client.call("POST", "/auth/token", json::object{{"audience", "api"}}), "token");
  show("token", check_token(token, client.call("GET", "/.well-known/jwks.json"), site, "api"));

  // In the place of the one that is there; call() fetches a good one.
  client.set_cookie("localhost\tFALSE\t/\tTRUE\t0\tcsrf_token\tof-another-time");
  client.call("POST", "/auth/logout");
  // The same answer when a session was idle for too long: sign in again.
  show_refusal([&] { client.call("GET", "/auth/me"); });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  curl_global_init(CURL_GLOBAL_DEFAULT);
  try {
    tour(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
