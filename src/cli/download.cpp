#include "cli/download.hpp"

#include "core/loopback.hpp"

#include <boost/url/parse.hpp>

#include <curl/curl.h>
#include <memory>
#include <new>
#include <stdexcept>

namespace secureauth::cli {
namespace {

constexpr long kConnectSeconds = 10;
constexpr long kSeconds = 60;
constexpr long kRedirects = 3;

struct Body {
  std::string text;
  std::size_t most = 0;

  static std::size_t append(const char* data, std::size_t size, std::size_t count, void* self) {
    auto& body = *static_cast<Body*>(self);
    if (size * count > body.most - body.text.size()) return 0;  // which ends the transfer
    try {
      body.text.append(data, size * count);
    } catch (const std::bad_alloc&) {  // which C must not see
      return 0;
    }
    return size * count;
  }
};

/// The one scheme that this URL may be fetched by.
const char* scheme_for(const std::string& text) {
  const auto url = boost::urls::parse_uri(text);
  if (url && url->scheme() == "https") return "https";
  if (url && url->scheme() == "http" && is_loopback(url->host_address())) return "http";
  throw std::runtime_error("only https URLs are fetched, and http ones of this machine itself");
}

}  // namespace

bool is_url(std::string_view text) {
  return text.find("://") != std::string_view::npos;
}

std::string download(const std::string& url, std::size_t most) {
  const auto* const scheme = scheme_for(url);
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> transfer(curl_easy_init(), &curl_easy_cleanup);
  if (!transfer) throw std::runtime_error("libcurl cannot be used");
  Body body{.text = {}, .most = most};
  auto* const handle = transfer.get();
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, scheme);
  curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(handle, CURLOPT_MAXREDIRS, kRedirects);
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(handle, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, kSeconds);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &Body::append);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &body);
  const auto code = curl_easy_perform(handle);
  if (code == CURLE_WRITE_ERROR)
    throw std::runtime_error("the answer is larger than " + std::to_string(most) + " bytes, or than memory");
  if (code != CURLE_OK) throw std::runtime_error(std::string("there is no answer: ") + curl_easy_strerror(code));
  return std::move(body.text);
}

}  // namespace secureauth::cli
