#include "app/service.hpp"

#include "accounts/account_data_routes.hpp"
#include "accounts/email_change_routes.hpp"
#include "accounts/password_change_routes.hpp"
#include "accounts/password_check_routes.hpp"
#include "accounts/password_reset_routes.hpp"
#include "accounts/profile_routes.hpp"
#include "accounts/registration_routes.hpp"
#include "admin/audit_routes.hpp"
#include "admin/sign_in_routes.hpp"
#include "admin/status_routes.hpp"
#include "admin/tail_routes.hpp"
#include "admin/user_routes.hpp"
#include "app/exempt_paths.hpp"
#include "app/health_routes.hpp"
#include "app/metrics_routes.hpp"
#include "app/record_store.hpp"
#include "app/service_entries.hpp"
#include "app/watched_parts.hpp"
#include "core/run_to_end.hpp"
#include "forward_auth/forward_auth_routes.hpp"
#include "login/login_routes.hpp"
#include "login/passkey_login_routes.hpp"
#include "login/second_factor_routes.hpp"
#include "login/step_up_routes.hpp"
#include "mail/mailbox_routes.hpp"
#include "mfa/factor_routes.hpp"
#include "mfa/passkeys/passkey_routes.hpp"
#include "mfa/passkeys/passkey_sign_up_routes.hpp"
#include "mfa/recovery/recovery_routes.hpp"
#include "mfa/totp/totp_routes.hpp"
#include "pages/api_docs_routes.hpp"
#include "pages/page_routes.hpp"
#include "sessions/session_routes.hpp"
#include "settings/page_origin.hpp"
#include "telemetry/log.hpp"
#include "tokens/token_routes.hpp"

#include <utility>

namespace secureauth::app {
namespace {

/// Hosts that a request may be for: PUBLIC_URL's, the listener's, and in development every name of this machine.
http::SitePolicy::Options site_options(const settings::Config& config) {
  http::SitePolicy::Options options{.own_origin = config.public_url.text,
                                    .frontend_origins = config.frontend_origins,
                                    .hosts = {config.public_url.host, config.listen_address}};
  if (config.listen_address.find(':') != std::string::npos) options.hosts.push_back('[' + config.listen_address + ']');
  if (config.environment == settings::Environment::development) {
    options.hosts.insert(options.hosts.end(), {"localhost", "127.0.0.1", "[::1]"});
  }
  return options;
}

http::CookieJar cookie_jar(const settings::Config& config) {
  return {{.session = config.session_cookie_name,
           .csrf = config.csrf_cookie_name,
           .pre_session = config.cookie_secure ? "__Host-pre" : "pre",
           .device = config.cookie_secure ? "__Host-device" : "device",
           .trusted = config.cookie_secure ? "__Host-trusted" : "trusted"},
          config.cookie_secure};
}

http::ServerOptions server_options(const settings::Config& config) {
  const protection::ClientAddressRule rule(config.trusted_proxies, config.forwarded_header);
  return {.listen_address = config.listen_address,
          .port = config.port,
          .threads = config.io_threads,
          .max_connections = config.http_max_connections,
          .max_connections_per_address = config.http_max_connections_per_address,
          .proxy_protocol = config.proxy_protocol,
          .head_timeout = config.http_head_timeout,
          .body_timeout = config.http_body_timeout,
          .idle_timeout = config.http_idle_timeout,
          .write_timeout = config.http_write_timeout,
          .shutdown_grace = config.shutdown_grace,
          .shutdown_idle_timeout = config.shutdown_idle_timeout,
          .reuse_port = config.listen_reuse_port,
          .forwarded_field = protection::field_name(config.forwarded_header),
          .client_address = rule,
          .is_trusted_proxy = [rule](const net::ip::address& peer) { return rule.is_trusted(peer); }};
}

/// For a service that is only looked at.
class NoDatabase final : public db::Database {
 public:
  net::awaitable<db::Rows> execute(db::Statement, db::Params) override { throw db::DatabaseError(kWhy); }
  net::awaitable<std::unique_ptr<db::Transaction>> begin() override { throw db::DatabaseError(kWhy); }
  net::awaitable<void> check_ready() override { throw db::DatabaseError(kWhy); }

 private:
  static constexpr const char* kWhy = "the record store was not opened";
};

/// Once mail is delivered, its links are for its recipients alone.
bool has_mailbox(const settings::Config& config) {
  return config.environment == settings::Environment::development && config.smtp.host.empty();
}

pages::SiteFacts site_facts(const settings::Config& config) {
  return {.name = config.passkeys.relying_party_name,
          .password_min_length = config.password_min_length,
          .passwordless_sign_up = config.passkeys.sign_up,
          .mailbox = has_mailbox(config),
          .csrf_cookie_name = config.csrf_cookie_name,
          .trusted_browser_days = config.mfa_trusted_browser.count()};
}

std::vector<std::string> origins_to_return_to(const settings::Config& config) {
  auto origins = config.frontend_origins;
  origins.insert(origins.end(), config.return_to_origins.begin(), config.return_to_origins.end());
  return origins;
}

mail::SmtpOptions smtp_options(const mail::SmtpOptions& given) {
  return {.host = given.host,
          .port = given.port != 0 ? given.port : mail::usual_port(given.tls),
          .tls = given.tls,
          .ca_file = given.ca_file,
          .username = given.username,
          .password = given.password.clone(),
          .sender = given.sender,
          .timeout = given.timeout};
}

}  // namespace

struct Service::Routes {
  Routes(Service& service, const settings::Config& config)
      : accounts(service.components_.registration, service.components_.password_policy, service.gate_),
        password_reset(service.components_.password_reset, service.components_.password_policy, service.gate_),
        password_change(service.components_.password_change, service.components_.password_policy, service.gate_),
        password_check(service.components_.password_policy, service.gate_),
        email_change(service.components_.email_change, service.gate_),
        profile(service.components_.profile, service.gate_),
        account_data(service.components_.account_data, service.components_.account_deletion, service.gate_),
        login(service.components_.login, service.gate_),
        step_up(service.components_.step_up, service.components_.assurance, service.gate_),
        second_factor(service.components_.second_factor_login, service.components_.step_up, service.gate_),
        factors({.database = *service.components_.database,
                 .totp = service.components_.totp,
                 .recovery = service.components_.recovery_codes,
                 .passkeys = service.components_.passkeys,
                 .policy = service.components_.assurance,
                 .gate = service.gate_},
                config.mfa_trusted_browser),
        totp(service.components_.totp_changes, service.gate_),
        passkeys({.registration = service.components_.passkey_registration,
                  .passkeys = service.components_.passkeys,
                  .settings = service.components_.passkey_settings,
                  .gate = service.gate_}),
        passkey_login({.login = service.components_.passkey_login,
                       .step_up = service.components_.passkey_step_up,
                       .gate = service.gate_,
                       .random = service.components_.random},
                      config.mfa_challenge_ttl),
        passkey_sign_up({.sign_up = service.components_.passkey_sign_up,
                         .settings = service.components_.passkey_settings,
                         .gate = service.gate_,
                         .random = service.components_.random},
                        config.mfa_challenge_ttl),
        recovery(service.components_.recovery_codes, service.gate_),
        sessions(service.components_.sessions, service.gate_, service.cursors_, service.components_.random),
        tokens(service.components_.session_tokens, service.components_.token_keys, service.gate_),
        forward_auth({.gate = service.gate_,
                      .policy = service.components_.assurance,
                      .tokens = service.components_.session_tokens},
                     settings::page_origin(config) + "/sign-in",
                     {config.public_url.text, origins_to_return_to(config)}),
        users(service.components_.user_admin, service.components_.user_directory, service.gate_, service.cursors_),
        audit(service.components_.audit_reader, service.components_.sessions, service.gate_, service.cursors_),
        tail({.reader = service.components_.audit_reader,
              .tail = service.components_.audit_tail,
              .sessions = service.components_.sessions,
              .gate = service.gate_}),
        sign_ins(service.components_.sign_in_statistics, service.components_.lockouts, service.gate_, service.cursors_),
        mailbox(*service.components_.database, service.components_.outbox),
        page_set(pages::files_to_show(config.api_docs), site_facts(config), pages::read_branding(config.branding_dir)),
        pages(page_set, {.hosted = config.hosted_pages, .mailbox = has_mailbox(config), .docs = config.api_docs},
              {config.public_url.text, origins_to_return_to(config)}, service.gate_) {}

  accounts::RegistrationRoutes accounts;
  accounts::PasswordResetRoutes password_reset;
  accounts::PasswordChangeRoutes password_change;
  accounts::PasswordCheckRoutes password_check;
  accounts::EmailChangeRoutes email_change;
  accounts::ProfileRoutes profile;
  accounts::AccountDataRoutes account_data;
  login::LoginRoutes login;
  login::StepUpRoutes step_up;
  login::SecondFactorRoutes second_factor;
  mfa::FactorRoutes factors;
  mfa::TotpRoutes totp;
  mfa::PasskeyRoutes passkeys;
  login::PasskeyLoginRoutes passkey_login;
  mfa::PasskeySignUpRoutes passkey_sign_up;
  mfa::RecoveryRoutes recovery;
  sessions::SessionRoutes sessions;
  tokens::TokenRoutes tokens;
  forward_auth::ForwardAuthRoutes forward_auth;
  admin::UserRoutes users;
  admin::AuditRoutes audit;
  admin::TailRoutes tail;
  admin::SignInRoutes sign_ins;
  mail::MailboxRoutes mailbox;
  pages::PageSet page_set;
  pages::PageRoutes pages;
};

Service::Service(const settings::Config& config) : Service(config, open_record_store(config)) {
  components_.prepare_schema(config);
  components_.check_audit_key();
  components_.load_names_key();
  reload_.begin();
}

Service::Service(const settings::Config& config, std::shared_ptr<db::Database> opened)
    : components_(config, std::move(opened)),
      site_(site_options(config)),
      cookies_(cookie_jar(config)),
      csrf_(components_.keys.csrf, config.public_url.text, components_.random),
      cursors_(components_.keys.secret, config.public_url.text),
      rate_gate_(components_.rate_limits),
      gate_(components_.sessions, components_.assurance, csrf_, cookies_, site_, rate_gate_),
      refusal_watch_(components_.refusals, components_.address_digest, config.session_cookie_name),
      routes_(std::make_unique<Routes>(*this, config)),
      server_(server_options(config), make_dispatcher(config), http::Wire(config.public_url.scheme == "https")),
      housekeeping_(server_.context(), components_, !config.smtp.host.empty()),
      health_(components_, housekeeping_.outages(),
              {.record_store = config.postgres_url.empty() ? "sqlite" : "postgresql",
               .mail_is_delivered = !config.smtp.host.empty(),
               .receivers = audit::sink_names(config.push)}),
      delivery_(make_delivery(config)),
      pushers_(server_.context(),
               {.database = *components_.database,
                .audit = components_.audit,
                .keys = components_.audit_keys,
                .clock = components_.clock,
                .random = components_.random},
               config.push, {.host = config.public_url.host}),
      metrics_(server_.context(),
               {.components = components_, .outages = housekeeping_.outages(), .health = health_, .server = server_}),
      metrics_server_(make_metrics_server(config, [this] { return metrics_.text(); })),
      has_metrics_(metrics_server_ || has_metrics_on_the_site(config)),
      reload_({.database = *components_.database,
               .keys = components_.keys,
               .audit = components_.audit,
               .clock = components_.clock,
               .random = components_.random},
              config) {
  if (delivery_) components_.outbox.on_queued([this] { delivery_->look_soon(); });
}

std::unique_ptr<mail::Delivery> Service::make_delivery(const settings::Config& config) {
  if (config.smtp.host.empty()) return nullptr;
  return std::make_unique<mail::Delivery>(server_.context(),
                                          mail::Delivery::Parts{.database = *components_.database,
                                                                .outbox = components_.outbox,
                                                                .clock = components_.clock,
                                                                .random = components_.random,
                                                                .on_given_up = record_given_up(components_.audit),
                                                                .on_outage = note_outage()},
                                          smtp_options(config.smtp), config.mail_retry);
}

std::vector<http::Router::Line> Service::list_routes(settings::Config config) {
  config.redis_url.clear();
  for (auto* key : {&config.secret_key, &config.csrf_secret, &config.totp_key, &config.audit_key})
    key->current = crypto::SecretBytes(32);
  Service service(config, std::make_shared<NoDatabase>());
  return service.make_router(config).list();
}

Service::~Service() {
  stop();
}

http::Dispatcher Service::make_dispatcher(const settings::Config& config) {
  return {make_router(config), site_,
          [this](const http::Route& route, http::Request& request) { return rate_gate_.admit(route, request); },
          [this](const http::Dispatcher::Refusal& refusal) { refusal_watch_.heard(refusal); }};
}

http::Router Service::make_router(const settings::Config& config) {
  http::Router router;
  routes_->accounts.add_to(router);
  routes_->password_reset.add_to(router);
  routes_->password_change.add_to(router);
  routes_->password_check.add_to(router);
  routes_->email_change.add_to(router);
  routes_->profile.add_to(router);
  routes_->account_data.add_to(router);
  routes_->login.add_to(router);
  routes_->step_up.add_to(router);
  routes_->second_factor.add_to(router);
  routes_->factors.add_to(router);
  routes_->totp.add_to(router);
  routes_->passkeys.add_to(router);
  routes_->passkey_login.add_to(router);
  routes_->passkey_sign_up.add_to(router);
  routes_->recovery.add_to(router);
  admin::add_status_route(router, gate_);
  routes_->users.add_to(router);
  routes_->audit.add_to(router);
  routes_->tail.add_to(router);
  routes_->sign_ins.add_to(router);
  add_admin_health_route(router, gate_, [this] { return health_(); });
  routes_->sessions.add_to(router);
  routes_->tokens.add_to(router);
  routes_->forward_auth.add_to(router);
  add_health_routes(router, {.database = *components_.database,
                             .redis_serves = [this] { return components_.redis_serves(); },
                             .is_leaving = [this] { return leaving_.load(std::memory_order_relaxed); }});
  if (has_metrics_on_the_site(config)) add_metrics_route(router, [this] { return metrics_.text(); });
  routes_->pages.add_to(router);
  if (has_mailbox(config)) routes_->mailbox.add_to(router);
  check_exempt_paths(router, config.rate_limits.exempt);
  rate_gate_.label(router);
  return router;
}

mail::OnOutage Service::note_outage() {
  return [this](const std::optional<std::string>& cause) {
    if (cause) {
      housekeeping_.outages().fails("mail_server", *cause);
    } else {
      housekeeping_.outages().works("mail_server");
    }
  };
}

void Service::start(const std::vector<int>& passed_sockets) {
  server_.listen(passed_sockets);
  if (metrics_server_) metrics_server_->listen();
  run_to_end(components_.audit.record_alone(*components_.database, service_entry(audit::Event::service_started)));
  started_ = true;
  hear_of_ended_sessions();
  housekeeping_.start();
  if (delivery_) delivery_->start();
  pushers_.start();
  if (has_metrics_) metrics_.start();
  server_.start();
  if (metrics_server_) metrics_server_->start();
}

void Service::hear_of_ended_sessions() {
  if (!components_.shared_cache) return;
  auto& sessions = components_.sessions;
  components_.shared_cache->listen(
      server_.context(), [&sessions](std::string_view key) { sessions.hear_of_drop(key); },
      [&sessions] { sessions.hear_of_gap(); });
}

std::vector<process::Watchdog::Part> Service::watched_parts(const settings::Config& config) {
  std::vector<process::Watchdog::Part> parts;
  for (auto* context : server_.contexts()) parts.push_back(watched_context(*context));
  if (metrics_server_) parts.push_back(watched_context(metrics_server_->context()));
  parts.push_back(watched_pool("hashing", components_.hashing_pool));
  parts.push_back(watched_pool("judging", components_.judging_pool));
  if (config.postgres_url.empty()) parts.push_back(watched_store(server_.context(), *components_.database));
  return parts;
}

void Service::leave() {
  leaving_ = true;
  server_.leave();
}

void Service::reload(const settings::SettingsInput& input) {
  reload_(input);
}

void Service::stop() {
  leaving_ = true;
  housekeeping_.stop();
  if (delivery_) delivery_->stop();
  pushers_.stop();
  metrics_.stop();
  server_.stop();
  if (metrics_server_) metrics_server_->stop();
  if (!std::exchange(started_, false)) return;
  try {
    housekeeping_.record_end();
  } catch (const std::exception& error) {
    telemetry::log(telemetry::Level::warning, "the end was not recorded", {{"cause", error.what()}});
    return;  // whoever cannot record cannot seal, and is not waited for twice
  }
  housekeeping_.seal_rest();
}

}  // namespace secureauth::app
