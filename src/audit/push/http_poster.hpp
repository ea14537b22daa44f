#pragma once

#include "outgoing/curl_handle.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::audit {

/// Posts to one URL of the settings, over one connection as long as the receiver keeps it. Blocks; not thread-safe but
/// for abort(). HTTP/1.1; what is answered besides the status is not looked at; no redirect is followed.
class HttpPoster {
 public:
  /// Construct on the main thread, as CurlHandle. Connects to nothing yet.
  HttpPoster(const std::string& url, const std::filesystem::path& ca_file, std::chrono::seconds timeout);

  struct Answer {
    std::string failure;  ///< empty: 2xx
    std::optional<std::chrono::seconds> retry_after = {};
    bool untrusted = false;
    bool stopped = false;
  };
  /// `headers`: each `Name: value`.
  [[nodiscard]] Answer post(const std::string& body, const std::vector<std::string>& headers);

  void abort() { aborted_ = true; }

 private:
  static int progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  [[nodiscard]] Answer answer_of(CURLcode code) const;

  std::atomic<bool> aborted_ = false;
  outgoing::CurlHandle handle_;
};

}  // namespace secureauth::audit
