#pragma once

#include <array>
#include <chrono>
#include <curl/curl.h>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

namespace secureauth::outgoing {

/// Throws std::runtime_error with one clear line unless the file of authorities that `setting` names, if it names one,
/// can be used: told at start, not at the first connection.
void check_ca_file(std::string_view setting, const std::filesystem::path& file);

/// What TLS 1.2 may use with a peer of the settings: keys are agreed on for the connection alone, so that who gets the
/// peer's key later reads nothing of before (ASVS 12.1.2). TLS 1.3 knows no others.
inline constexpr const char* kForwardSecret = "kECDHE:kDHE:!aNULL:!eNULL";

/// A transfer of libcurl to a peer of the settings, and the connection that it keeps. Nothing from the environment: no
/// proxy, no .netrc; no signals, no redirect; where there is TLS it is 1.2 or newer, with the certificate and its name
/// checked. Blocks: for a thread of its own. Construct the first one on the main thread before others start.
class CurlHandle {
 public:
  /// `protocols` are the only ones it speaks, in libcurl's words. Authorities: PEM; empty: the system's.
  CurlHandle(const char* protocols, const std::filesystem::path& ca_file, std::chrono::seconds timeout);
  /// libcurl takes leave of the peer and waits for the answer, two minutes where there is none: nothing more is read.
  ~CurlHandle();
  CurlHandle(const CurlHandle&) = delete;
  CurlHandle& operator=(const CurlHandle&) = delete;

  template <class T>
  void set(CURLoption option, T value) {
    const auto code = curl_easy_setopt(handle_, option, value);
    if (code != CURLE_OK) throw std::runtime_error(std::string("libcurl: ") + curl_easy_strerror(code));
  }
  template <class T>
  [[nodiscard]] T info(CURLINFO name) const {
    T value{};
    curl_easy_getinfo(handle_, name, &value);
    return value;
  }

  CURLcode perform();

  /// What went wrong in the last perform(), in one sentence; names the peer, never what was sent.
  [[nodiscard]] std::string why(CURLcode code) const;

 private:
  static curl_socket_t open_socket(void* self, curlsocktype type, curl_sockaddr* to);
  static int close_socket(void* self, curl_socket_t socket);

  CURL* handle_;
  std::set<curl_socket_t> sockets_;
  std::array<char, CURL_ERROR_SIZE> error_{};
};

}  // namespace secureauth::outgoing
