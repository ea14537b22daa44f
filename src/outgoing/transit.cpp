#include "outgoing/transit.hpp"

#include "crypto/encoding.hpp"
#include "outgoing/curl_handle.hpp"

#include <boost/json.hpp>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace secureauth::outgoing {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostAnswer = std::size_t{16} * 1024;
constexpr milliseconds kFirstPause{250};
constexpr milliseconds kLongestPause{4000};
constexpr std::chrono::seconds kLongestTry{10};

/// Memory for an answer, wiped at the end: the plaintext is in it.
template <std::size_t size>
class WipedBuffer {
 public:
  WipedBuffer() = default;
  ~WipedBuffer() { sodium_memzero(bytes_.data(), bytes_.size()); }
  WipedBuffer(const WipedBuffer&) = delete;
  WipedBuffer& operator=(const WipedBuffer&) = delete;

  [[nodiscard]] unsigned char* data() { return bytes_.data(); }

 private:
  std::array<unsigned char, size> bytes_{};
};

struct Answer {
  WipedBuffer<kMostAnswer> buffer;
  std::size_t size = 0;

  static std::size_t append(const char* data, std::size_t size, std::size_t count, void* self) {
    auto& answer = *static_cast<Answer*>(self);
    const auto more = size * count;
    if (more > kMostAnswer - answer.size) return 0;  // which ends the transfer
    std::copy_n(data, more, answer.buffer.data() + answer.size);
    answer.size += more;
    return more;
  }

  [[nodiscard]] std::string_view text() { return {reinterpret_cast<const char*>(buffer.data()), size}; }
};

/// Headers of one request; the token among them is wiped.
class Headers {
 public:
  explicit Headers(const crypto::SecretBytes& token) {
    append("Expect:");
    append("Content-Type: application/json");
    append("X-Vault-Request: true");
    if (token.empty()) return;
    std::string line = "X-Vault-Token: ";
    line += token.reveal();
    append(line);
    sodium_memzero(line.data(), line.size());
  }
  ~Headers() {
    for (auto* one = list_; one != nullptr; one = one->next)
      sodium_memzero(one->data, std::char_traits<char>::length(one->data));
    curl_slist_free_all(list_);
  }
  Headers(const Headers&) = delete;
  Headers& operator=(const Headers&) = delete;

  [[nodiscard]] curl_slist* list() { return list_; }

 private:
  void append(const std::string& line) {
    auto* longer = curl_slist_append(list_, line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    list_ = longer;
  }

  curl_slist* list_ = nullptr;
};

std::optional<crypto::SecretBytes> plaintext_of(std::string_view text) {
  WipedBuffer<4 * kMostAnswer> memory;
  boost::json::static_resource resource(memory.data(), 4 * kMostAnswer);
  try {
    boost::system::error_code error;
    const auto answer = boost::json::parse(text, error, &resource);
    if (error || !answer.is_object()) return std::nullopt;
    const auto* data = answer.get_object().if_contains("data");
    const auto* object = data == nullptr ? nullptr : data->if_object();
    const auto* plaintext = object == nullptr ? nullptr : object->if_contains("plaintext");
    if (plaintext == nullptr || !plaintext->is_string()) return std::nullopt;
    auto bytes = crypto::base64_decode(plaintext->get_string());
    if (!bytes || bytes->empty()) return std::nullopt;
    crypto::SecretBytes secret{std::span<const std::byte>(*bytes)};
    sodium_memzero(bytes->data(), bytes->size());
    return secret;
  } catch (const std::bad_alloc&) {  // more values than any answer has
    return std::nullopt;
  }
}

bool may_pass(CURLcode code) {
  return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_OPERATION_TIMEDOUT ||
         code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR;
}

bool may_pass(long status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

std::string about(long status) {
  if (status == 400) return "it answered 400: it takes this for no ciphertext of its key";
  if (status == 403) return "it answered 403: the token is wrong, or may not use the key";
  if (status == 404) return "it answered 404: there is no such key or path";
  return "it answered " + std::to_string(status);
}

class Transfer {
 public:
  Transfer(const TransitSettings& settings, std::string_view ciphertext)
      : handle_(settings.url.starts_with("https:") ? "https" : "http", settings.ca_file, kLongestTry),
        headers_(settings.token),
        body_(boost::json::serialize(boost::json::object{{"ciphertext", ciphertext}})) {
    handle_.set(CURLOPT_URL, settings.url.c_str());
    handle_.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    handle_.set(CURLOPT_USERAGENT, "secureauth");
    handle_.set(CURLOPT_HTTPHEADER, headers_.list());
    handle_.set(CURLOPT_POST, 1L);
    handle_.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
    handle_.set(CURLOPT_POSTFIELDS, body_.c_str());
    handle_.set(CURLOPT_WRITEFUNCTION, &Answer::append);
  }

  /// Nothing: `why` says what went wrong, and trying again may help. Throws UnwrapError where it would not.
  std::optional<crypto::SecretBytes> once(milliseconds time, std::string& why) {
    const auto answer = std::make_unique<Answer>();
    handle_.set(CURLOPT_TIMEOUT_MS, static_cast<long>(time.count()));
    handle_.set(CURLOPT_WRITEDATA, answer.get());
    const auto code = handle_.perform();
    if (code == CURLE_WRITE_ERROR) throw UnwrapError("the answer is longer than 16384 bytes");
    if (code != CURLE_OK) {
      why = handle_.why(code);
      if (!may_pass(code)) throw UnwrapError(why);
      return std::nullopt;
    }
    const auto status = handle_.info<long>(CURLINFO_RESPONSE_CODE);
    if (status != 200) {
      why = about(status);
      if (!may_pass(status)) throw UnwrapError(why);
      return std::nullopt;
    }
    auto plaintext = plaintext_of(answer->text());
    if (!plaintext) throw UnwrapError("the answer is not {\"data\": {\"plaintext\": base64}}");
    return plaintext;
  }

 private:
  CurlHandle handle_;
  Headers headers_;
  std::string body_;
};

}  // namespace

crypto::SecretBytes unwrap_by_transit(const TransitSettings& settings, std::string_view ciphertext,
                                      Clock::time_point deadline) {
  Transfer transfer(settings, ciphertext);
  std::string why;
  for (auto pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
    const auto time = std::clamp(left, kFirstPause, milliseconds(kLongestTry));
    if (auto plaintext = transfer.once(time, why)) return *std::move(plaintext);
    if (Clock::now() + pause >= deadline) throw UnwrapError(why);
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace secureauth::outgoing
