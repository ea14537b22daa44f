#pragma once

#include <boost/json.hpp>

#include <cstddef>
#include <curl/curl.h>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

/// An answer that refuses (RFC 9457). `code` is of the contract's closed list: decide by it, not by what().
struct Problem : std::runtime_error {
  Problem(long answered, const boost::json::object& body, long wait)
      : std::runtime_error(std::string(body.at("title").as_string())),
        status(answered),
        code(body.at("code").as_string()),
        retry_after(wait) {}
  long status;
  std::string code;
  long retry_after;  ///< seconds, of 429 and 503; else 0
};

/// One browser's worth of cookies, for one thread. libcurl keeps them, and sends Secure ones to http://localhost as
/// browsers do. Call curl_global_init() before the first.
class Client {
 public:
  explicit Client(std::string site) : site_(std::move(site)), curl_(curl_easy_init(), &curl_easy_cleanup) {
    if (!curl_) throw std::runtime_error("libcurl gave no handle");
    curl_easy_setopt(curl_.get(), CURLOPT_COOKIEFILE, "");  // keep cookies, read none
  }

  /// The answer's JSON; throws Problem. A CSRF token that is no longer good is fetched anew, once.
  boost::json::object call(const std::string& method, const std::string& path,
                           const std::optional<boost::json::object>& body = std::nullopt) {
    try {
      return once(method, path, body);
    } catch (const Problem& problem) {
      if (problem.code != "csrf_failed") throw;
    }
    once("GET", "/auth/csrf", std::nullopt);
    return once(method, path, body);
  }

  /// A line of a Netscape cookie file: host, FALSE, path, TRUE for Secure, 0, name, value, with tabs between.
  void set_cookie(const std::string& line) { curl_easy_setopt(curl_.get(), CURLOPT_COOKIELIST, line.c_str()); }

 private:
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using List = std::unique_ptr<curl_slist, FreeList>;

  static void append(List& list, const std::string& text) {
    list.reset(curl_slist_append(list.release(), text.c_str()));
  }

  static std::size_t take(const char* data, std::size_t size, std::size_t count, void* into) {
    static_cast<std::string*>(into)->append(data, size * count);
    return size * count;
  }

  /// The csrf_token cookie: the last two of the seven fields of its line are name and value.
  std::string csrf_token() {
    curl_slist* raw = nullptr;
    curl_easy_getinfo(curl_.get(), CURLINFO_COOKIELIST, &raw);
    const List lines(raw);
    for (const curl_slist* line = lines.get(); line != nullptr; line = line->next) {
      const std::string_view text(line->data);
      constexpr std::string_view kName = "\tcsrf_token\t";
      if (const auto at = text.find(kName); at != std::string_view::npos)
        return std::string(text.substr(at + kName.size()));
    }
    return {};
  }

  boost::json::object once(const std::string& method, const std::string& path,
                           const std::optional<boost::json::object>& body) {
    List headers;
    append(headers, "Accept: application/json");
    if (body) append(headers, "Content-Type: application/json");
    if (method != "GET") append(headers, "X-CSRF-Token: " + csrf_token());
    const std::string content = body ? boost::json::serialize(*body) : std::string();
    std::string answer;
    auto* curl = curl_.get();
    curl_easy_setopt(curl, CURLOPT_URL, (site_ + path).c_str());
    if (method == "GET") {
      curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    } else {
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(content.size()));
      curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, content.c_str());
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    if (const auto done = curl_easy_perform(curl); done != CURLE_OK) throw std::runtime_error(curl_easy_strerror(done));
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_off_t retry_after = 0;
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
    auto json = boost::json::parse(answer).as_object();
    if (status >= 400) throw Problem(status, json, static_cast<long>(retry_after));
    return json;
  }

  std::string site_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl_;
};
