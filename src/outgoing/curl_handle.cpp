#include "outgoing/curl_handle.hpp"

#include "crypto/quiet_errors.hpp"

#include <openssl/x509_vfy.h>

#include <memory>
#include <sys/socket.h>
#include <unistd.h>

namespace secureauth::outgoing {
namespace {

void initialise_libcurl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw std::runtime_error(std::string("libcurl cannot be used: ") + curl_easy_strerror(code));
}

}  // namespace

void check_ca_file(std::string_view setting, const std::filesystem::path& file) {
  if (file.empty()) return;
  const crypto::QuietErrors quiet;
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), &X509_STORE_free);
  const bool loaded = store && X509_STORE_load_file(store.get(), file.c_str()) == 1;
  if (!loaded) throw std::runtime_error(std::string(setting) + " names a file that holds no PEM certificates");
}

CurlHandle::CurlHandle(const char* protocols, const std::filesystem::path& ca_file, std::chrono::seconds timeout)
    : handle_((initialise_libcurl(), curl_easy_init())) {
  if (handle_ == nullptr) throw std::runtime_error("libcurl cannot be used");
  const auto seconds = static_cast<long>(timeout.count());
  set(CURLOPT_PROTOCOLS_STR, protocols);
  set(CURLOPT_PROXY, "");  // nothing from the environment
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_CONNECTTIMEOUT, seconds);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_CIPHER_LIST, kForwardSecret);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!ca_file.empty()) set(CURLOPT_CAINFO, ca_file.c_str());
  set(CURLOPT_OPENSOCKETFUNCTION, &CurlHandle::open_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_CLOSESOCKETFUNCTION, &CurlHandle::close_socket);
  set(CURLOPT_CLOSESOCKETDATA, this);
}

CurlHandle::~CurlHandle() {
  for (const auto socket : sockets_) ::shutdown(socket, SHUT_RD);
  curl_easy_cleanup(handle_);
}

CURLcode CurlHandle::perform() {
  error_.front() = '\0';
  set(CURLOPT_ERRORBUFFER, error_.data());
  return curl_easy_perform(handle_);
}

std::string CurlHandle::why(CURLcode code) const {
  return error_.front() != '\0' ? error_.data() : curl_easy_strerror(code);
}

curl_socket_t CurlHandle::open_socket(void* self, curlsocktype, curl_sockaddr* to) {
  const auto socket = ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
  if (socket != CURL_SOCKET_BAD) static_cast<CurlHandle*>(self)->sockets_.insert(socket);
  return socket;
}

int CurlHandle::close_socket(void* self, curl_socket_t socket) {
  static_cast<CurlHandle*>(self)->sockets_.erase(socket);
  return ::close(socket);
}

}  // namespace secureauth::outgoing
