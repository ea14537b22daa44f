#include "mail/smtp_client.hpp"

#include "core/ascii.hpp"
#include "mail/address.hpp"
#include "outgoing/curl_handle.hpp"

#include <sodium.h>

#include <algorithm>
#include <chrono>

namespace secureauth::mail {
namespace {

using Mail = SmtpVerdict::Mail;

std::string url_of(const SmtpOptions& options) {
  const bool is_ipv6 = options.host.find(':') != std::string::npos;
  // The path is what EHLO says: not this machine's name, which is nobody's business.
  return std::string(options.tls == SmtpTls::tls ? "smtps://" : "smtp://") +
         (is_ipv6 ? '[' + options.host + ']' : options.host) + ':' + std::to_string(options.port) + '/' +
         std::string(domain_of(options.sender.email));
}

}  // namespace

/// One mail on its way, and what is learnt about it.
struct SmtpClient::Transfer {
  Transfer(SmtpClient& c, std::string_view mail)
      : client(c), unsent(mail), ends(std::chrono::steady_clock::now() + c.options_.timeout) {}

  SmtpClient& client;
  std::string_view unsent;
  std::chrono::steady_clock::time_point ends;  ///< of all that this mail takes: a greeting is not one more timeout
  SmtpStage stage = SmtpStage::connect;
  SmtpReply reply;
  bool ended = false;  ///< what follows our QUIT judges nothing

  /// For libcurl, to which 0 is forever.
  [[nodiscard]] long milliseconds_left() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(ends - std::chrono::steady_clock::now());
    return static_cast<long>(std::max<std::int64_t>(left.count(), 1));
  }

  static std::size_t read(char* buffer, std::size_t size, std::size_t count, void* self) {
    auto& unsent = static_cast<Transfer*>(self)->unsent;
    const auto taken = unsent.copy(buffer, size * count);
    unsent.remove_prefix(taken);
    return taken;
  }

  static int progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Transfer*>(self)->client.aborted_ ? 1 : 0;
  }

  /// Sees every line of the dialogue: nothing else tells which command a refusal answered.
  static int observe(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::string_view line(data, size);
    if (type == CURLINFO_HEADER_OUT) transfer.sent(line);
    if (type == CURLINFO_HEADER_IN) transfer.received(line);
    return 0;
  }

  void sent(std::string_view line) {
    ended = ended || line.starts_with("QUIT");
    stage = stage_after(line, stage);
    if (line.starts_with("EHLO")) client.smtputf8_ = false;
  }

  void received(std::string_view line) {
    if (ended) return;
    reply = read_reply(line);
    if (stage == SmtpStage::hello && line.find("SMTPUTF8") == 4) client.smtputf8_ = true;
  }
};

class SmtpClient::Handle : public outgoing::CurlHandle {
 public:
  explicit Handle(const SmtpOptions& options)
      : CurlHandle(options.tls == SmtpTls::tls ? "smtps" : "smtp", options.ca_file, options.timeout) {
    set(CURLOPT_URL, url_of(options).c_str());
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(options.timeout.count()));
    set(CURLOPT_USE_SSL, static_cast<long>(options.tls == SmtpTls::none ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    if (!options.username.empty()) log_in(options);
    set(CURLOPT_MAIL_FROM, ('<' + options.sender.email + '>').c_str());
    set(CURLOPT_READFUNCTION, &Transfer::read);
    set(CURLOPT_XFERINFOFUNCTION, &Transfer::progress);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_DEBUGFUNCTION, &Transfer::observe);
    set(CURLOPT_VERBOSE, 1L);
  }

 private:
  void log_in(const SmtpOptions& options) {
    set(CURLOPT_USERNAME, options.username.c_str());
    std::string password(options.password.reveal());
    set(CURLOPT_PASSWORD, password.c_str());
    sodium_memzero(password.data(), password.size());
    set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
  }
};

SmtpClient::SmtpClient(SmtpOptions options) : options_(std::move(options)) {
  outgoing::check_ca_file("SMTP_CA_FILE", options_.ca_file);
  handle_ = std::make_unique<Handle>(options_);
}

SmtpClient::~SmtpClient() = default;

SmtpVerdict SmtpClient::send(const std::string& recipient, const std::string& mail) {
  const auto form = form_of(recipient);
  if (form == AddressForm::unusable) return {Mail::never, false, false, "the address cannot be written to"};
  Transfer transfer(*this, mail);
  if (form == AddressForm::international) {
    auto greeted = greet(transfer);
    if (greeted.mail != Mail::delivered) return greeted;
    if (!smtputf8_) return {Mail::never, false, true, "the server takes no address in UTF-8 (SMTPUTF8)"};
  }
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> recipients(
      curl_slist_append(nullptr, ('<' + recipient + '>').c_str()), &curl_slist_free_all);
  handle_->set(CURLOPT_CUSTOMREQUEST, static_cast<const char*>(nullptr));
  handle_->set(CURLOPT_NOBODY, 0L);
  handle_->set(CURLOPT_UPLOAD, 1L);
  handle_->set(CURLOPT_MAIL_RCPT, recipients.get());
  handle_->set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.size()));
  auto verdict = perform(transfer);
  handle_->set(CURLOPT_MAIL_RCPT, static_cast<curl_slist*>(nullptr));
  return verdict;
}

SmtpVerdict SmtpClient::greet(Transfer& transfer) {
  handle_->set(CURLOPT_UPLOAD, 0L);
  handle_->set(CURLOPT_NOBODY, 1L);
  handle_->set(CURLOPT_CUSTOMREQUEST, "NOOP");
  return perform(transfer);
}

SmtpVerdict SmtpClient::perform(Transfer& transfer) {
  handle_->set(CURLOPT_READDATA, &transfer);
  handle_->set(CURLOPT_XFERINFODATA, &transfer);
  handle_->set(CURLOPT_DEBUGDATA, &transfer);
  handle_->set(CURLOPT_TIMEOUT_MS, transfer.milliseconds_left());
  const auto code = handle_->perform();
  if (code == CURLE_OK) return {Mail::delivered, false, true, ""};
  if (code == CURLE_ABORTED_BY_CALLBACK) return {Mail::untouched, false, false, "the service stopped"};
  if (transfer.reply.code >= 400) return judge(transfer.stage, transfer.reply);
  return judge_silence(transfer.stage, handle_->why(code));
}

}  // namespace secureauth::mail
