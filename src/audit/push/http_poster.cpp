#include "audit/push/http_poster.hpp"

#include <algorithm>
#include <memory>

namespace secureauth::audit {
namespace {

// A receiver may put off, but not off for good: an operator would look for the mistake here.
constexpr long kLongestRetryAfter = 3600;

/// An answer's body says nothing that is needed.
std::size_t ignore(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

bool is_about_trust(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_ISSUER_ERROR ||
         code == CURLE_SSL_PINNEDPUBKEYNOTMATCH || code == CURLE_SSL_INVALIDCERTSTATUS;
}

using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

void append(HeaderList& list, const std::string& line) {
  auto* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  [[maybe_unused]] auto* same = list.release();
  list.reset(longer);
}

}  // namespace

HttpPoster::HttpPoster(const std::string& url, const std::filesystem::path& ca_file, std::chrono::seconds timeout)
    : handle_(url.starts_with("https:") ? "https" : "http", ca_file, timeout) {
  handle_.set(CURLOPT_URL, url.c_str());
  handle_.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  handle_.set(CURLOPT_USERAGENT, "secureauth/" SECUREAUTH_VERSION);
  handle_.set(CURLOPT_POST, 1L);
  handle_.set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::chrono::milliseconds(timeout).count()));
  handle_.set(CURLOPT_WRITEFUNCTION, &ignore);
  handle_.set(CURLOPT_XFERINFOFUNCTION, &HttpPoster::progress);
  handle_.set(CURLOPT_XFERINFODATA, this);
  handle_.set(CURLOPT_NOPROGRESS, 0L);
}

int HttpPoster::progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<HttpPoster*>(self)->aborted_ ? 1 : 0;
}

HttpPoster::Answer HttpPoster::post(const std::string& body, const std::vector<std::string>& headers) {
  if (aborted_) return {.failure = "the service stops", .stopped = true};
  HeaderList list(nullptr, &curl_slist_free_all);
  append(list, "Expect:");  // no 100-continue: a receiver that ignores it costs a second
  for (const auto& header : headers) append(list, header);
  handle_.set(CURLOPT_HTTPHEADER, list.get());
  handle_.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  handle_.set(CURLOPT_POSTFIELDS, body.c_str());
  auto answer = answer_of(handle_.perform());
  handle_.set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
  handle_.set(CURLOPT_POSTFIELDS, static_cast<const char*>(nullptr));
  return answer;
}

HttpPoster::Answer HttpPoster::answer_of(CURLcode code) const {
  if (code == CURLE_ABORTED_BY_CALLBACK) return {.failure = "the service stops", .stopped = true};
  if (code != CURLE_OK) return {.failure = handle_.why(code), .untrusted = is_about_trust(code)};
  const auto status = handle_.info<long>(CURLINFO_RESPONSE_CODE);
  if (status >= 200 && status < 300) return {};
  Answer answer{.failure = "answered " + std::to_string(status)};
  const auto wait = static_cast<long>(handle_.info<curl_off_t>(CURLINFO_RETRY_AFTER));
  if (wait > 0) answer.retry_after = std::chrono::seconds(std::min(wait, kLongestRetryAfter));
  return answer;
}

}  // namespace secureauth::audit
