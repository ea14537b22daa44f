#include "mfa/webauthn/trust_path.hpp"

#include "crypto/quiet_errors.hpp"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <stdexcept>

namespace secureauth::webauthn {
namespace {

constexpr int kMostIntermediates = 6;
constexpr int kLevel = 2;  // 112 bits of security in every signature and key: no SHA-1, no RSA under 2048 bits

struct Free {
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};

std::unique_ptr<X509_STORE, Free> store_of(std::span<const Certificate> anchors) {
  std::unique_ptr<X509_STORE, Free> store(X509_STORE_new());
  for (const auto& anchor : anchors) {
    if (!store || X509_STORE_add_cert(store.get(), anchor.get()) != 1) throw std::bad_alloc();
  }
  return store;
}

bool configure(X509_STORE_CTX* context, Timestamp now, const std::string& host) {
  auto* const rules = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_time(rules, std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  X509_VERIFY_PARAM_set_depth(rules, kMostIntermediates);
  X509_VERIFY_PARAM_set_auth_level(rules, kLevel);
  // Metadata may name an intermediate, or the attestation certificate itself.
  const bool set = X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN) == 1;
  if (host.empty()) return set;
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return set && X509_VERIFY_PARAM_set1_host(rules, host.data(), host.size()) == 1 &&
         X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_SERVER) == 1;
}

std::vector<Certificate> chain_of(const X509_STORE_CTX* context) {
  auto* const found = X509_STORE_CTX_get0_chain(context);
  std::vector<Certificate> chain;
  for (int i = 0; i < sk_X509_num(found); ++i) chain.push_back(Certificate::share(sk_X509_value(found, i)));
  return chain;
}

}  // namespace

boost::system::result<std::vector<Certificate>, std::string> verified_chain(std::span<const Certificate> path,
                                                                            std::span<const Certificate> anchors,
                                                                            Timestamp now, const std::string& host) {
  if (path.empty()) return std::string("there is no certificate");
  if (anchors.empty()) return std::string("there is no root to lead to");
  const crypto::QuietErrors quiet;
  const auto store = store_of(anchors);
  const std::unique_ptr<STACK_OF(X509), Free> others(sk_X509_new_null());
  for (const auto& certificate : path.subspan(1)) {
    if (!others || sk_X509_push(others.get(), certificate.get()) <= 0) throw std::bad_alloc();
  }
  const std::unique_ptr<X509_STORE_CTX, Free> context(X509_STORE_CTX_new());
  if (!context || X509_STORE_CTX_init(context.get(), store.get(), path.front().get(), others.get()) != 1 ||
      !configure(context.get(), now, host)) {
    throw std::runtime_error("OpenSSL cannot verify certificates");
  }
  if (X509_verify_cert(context.get()) == 1) return chain_of(context.get());
  return std::string(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()))) + " (certificate " +
         std::to_string(X509_STORE_CTX_get_error_depth(context.get())) + " of the chain)";
}

}  // namespace secureauth::webauthn
