#include "process/reach.hpp"

#include "db/postgres/conninfo.hpp"
#include "ephemeral/redis/url.hpp"
#include "mail/smtp_options.hpp"

#include <boost/url/parse.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

namespace secureauth::process {
namespace {

namespace fs = std::filesystem;

/// What libraries read when they need it. A file stands where its folder holds what is nobody's business. /proc is
/// whole, because the process's own folder there has no lasting identity; of others Landlock itself shields memory,
/// environment and open files.
constexpr std::array kSystem{"/etc/resolv.conf",
                             "/etc/hosts",
                             "/etc/host.conf",
                             "/etc/nsswitch.conf",
                             "/etc/gai.conf",
                             "/etc/services",
                             "/etc/protocols",
                             "/etc/networks",
                             "/etc/passwd",
                             "/etc/localtime",
                             "/etc/timezone",
                             "/etc/ld.so.cache",
                             "/etc/krb5.conf",
                             "/etc/krb5.conf.d",
                             "/etc/gss",
                             "/etc/ssl/certs",
                             "/etc/ssl/openssl.cnf",
                             "/etc/ca-certificates",
                             "/etc/pki",
                             "/etc/crypto-policies",
                             "/usr/lib",
                             "/usr/lib64",
                             "/lib",
                             "/lib64",
                             "/usr/share/zoneinfo",
                             "/usr/share/ca-certificates",
                             "/usr/local/share/ca-certificates",
                             "/usr/share/locale",
                             "/run/systemd/resolve",
                             "/run/resolvconf",
                             "/run/NetworkManager/resolv.conf",
                             "/proc",
                             "/sys/devices/system/cpu",
                             "/dev/null",
                             "/dev/random",
                             "/dev/urandom"};

/// Folders that many share: a file in one opens none of its neighbours.
bool is_shared(const fs::path& folder) {
  constexpr std::array<std::string_view, 14> kShared{"/",    "/etc",  "/run",  "/tmp", "/var", "/var/tmp", "/var/lib",
                                                     "/usr", "/home", "/root", "/opt", "/srv", "/dev",     "/proc"};
  return std::ranges::find(kShared, folder.native()) != kShared.end();
}

/// The folder of a file, and that of what it points to.
std::vector<fs::path> folders_of(const fs::path& file) {
  std::error_code error;
  const auto absolute = fs::absolute(file, error);
  if (error) return {};
  std::vector<fs::path> folders{absolute.lexically_normal().parent_path()};
  const auto real = fs::weakly_canonical(absolute, error);
  if (!error && real.parent_path() != folders.front()) folders.push_back(real.parent_path());
  return folders;
}

bool is_below(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

/// A secret that development made beside its record.
bool is_made(const settings::Config& config, const fs::path& file) {
  return config.environment == settings::Environment::development && file.filename().native().starts_with('.');
}

class Gatherer {
 public:
  explicit Gatherer(const settings::Config& config) : config_(config) {}

  Reach gather(const fs::path& dotenv) {
    reach_.read.assign(kSystem.begin(), kSystem.end());
    files();
    peers();
    exposed(dotenv);
    return std::move(reach_);
  }

 private:
  void files() {
    for (const auto& file : config_.settings_files) read(file);
    for (const auto& [setting, file] : config_.key_files) read(file);  // made ones, too: read again on SIGHUP
    for (const auto& folder : {config_.branding_dir, config_.mail_templates_dir}) {
      if (!folder.empty()) reach_.read.push_back(folder);
    }
    for (const auto& file :
         {config_.redis_ca_file, config_.smtp.ca_file, config_.password_blacklist_file, config_.password_breach_file,
          config_.webauthn_mds_file, config_.webauthn_mds_root_file, config_.push.webhook_ca_file,
          config_.push.syslog.ca_file, config_.push.syslog.certificate_file, config_.push.syslog.key_file,
          config_.key_unwrap.transit.ca_file}) {
      read(file);
    }
    write_beside("DATABASE_URL", config_.sqlite_path);
    write_beside("AUDIT_HEAD_FILE", config_.audit_head_file);
  }

  void read(const fs::path& file) {
    if (file.empty()) return;
    reach_.read.push_back(file);
    for (const auto& folder : folders_of(file)) {
      if (!is_shared(folder)) reach_.read.push_back(folder);
    }
  }

  /// Journals and drafts stand beside what is written: they come and go, no rule about a file lets them.
  void write_beside(const std::string& setting, const fs::path& file) {
    if (file.empty()) return;
    for (const auto& folder : folders_of(file)) {
      reach_.write.push_back(folder);
      if (!is_shared(folder)) continue;
      reach_.gaps.push_back("by " + setting + " it may write " + folder.string() +
                            ", which many share: give the file a folder of its own");
    }
  }

  /// Who takes this process over must not write what the next one, outside of any sandbox, does.
  void exposed(const fs::path& dotenv) {
    std::set<fs::path> deciding{dotenv, config_.key_unwrap.transit.ca_file,
                                config_.key_unwrap.command.substr(0, config_.key_unwrap.command.find(' '))};
    for (const auto& file : config_.settings_files) {
      if (!is_made(config_, file)) deciding.insert(file);
    }
    deciding.erase(fs::path());
    for (const auto& file : deciding) {
      const auto is_written = [this](const fs::path& folder) {
        return std::ranges::any_of(reach_.write, [&folder](const auto& one) { return is_below(folder, one); });
      };
      const auto folders = folders_of(file);
      const auto written = std::ranges::find_if(folders, is_written);
      if (written == folders.end()) continue;
      reach_.gaps.push_back("it may write " + (*written / file.filename()).string() +
                            ", by which the next process is told what to do: keep that elsewhere");
    }
  }

  void peers() {
    constexpr std::uint16_t kDns = 53;  // an answer too long for UDP
    ports_ = config_.sandbox_ports;
    ports_.insert(kDns);
    postgres();
    redis();
    const auto& smtp = config_.smtp;
    if (!smtp.host.empty()) ports_.insert(smtp.port != 0 ? smtp.port : mail::usual_port(smtp.tls));
    if (!config_.push.syslog.host.empty()) ports_.insert(config_.push.syslog.port);
    url(config_.key_unwrap.transit.url);
    url(config_.push.collector.url);
    for (const auto& hook : config_.push.webhooks) url(hook.url);
    if (!any_port_) reach_.tcp_ports = std::move(ports_);
  }

  void postgres() {
    if (config_.postgres_url.empty()) return;
    const db::postgres::ConnectionString where(config_.postgres_url);
    for (const auto* keyword : {"sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcrldir", "passfile"}) {
      if (const auto file = where.value(keyword); file.find('/') != std::string::npos) read(file);
    }
    // What libpq looks for by itself.
    if (const char* home = std::getenv("HOME"); home != nullptr) {  // NOLINT(concurrency-mt-unsafe): nobody sets it
      for (const auto* name : {".postgresql", ".pgpass"}) reach_.read.push_back(fs::path(home) / name);
    }
    for (const auto& host : where.hosts()) {
      constexpr std::uint16_t kPostgres = 5432;  // libpq's own default: PGPORT is forgotten, services are refused
      if (host.is_socket() && host.name.starts_with('@')) reach_.abstract_sockets = true;
      if (!host.is_socket())
        ports_.insert(host.port.empty() ? kPostgres : static_cast<std::uint16_t>(std::stoul(host.port)));
    }
  }

  void redis() {
    if (config_.redis_url.empty()) return;
    const auto url = ephemeral::redis::parse_url(config_.redis_url);
    for (const auto& endpoint : url.endpoints) ports_.insert(endpoint.port);
    // Several are nodes of a cluster, or sentinels: they name others.
    const bool others = url.topology == ephemeral::redis::Url::Topology::sentinel || url.endpoints.size() > 1;
    if (others && config_.sandbox_ports.empty()) any_port_ = true;
  }

  void url(const std::string& text) {
    constexpr std::uint16_t kHttps = 443;
    constexpr std::uint16_t kHttp = 80;
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed) return;
    ports_.insert(parsed->has_port() ? parsed->port_number() : parsed->scheme() == "http" ? kHttp : kHttps);
  }

  const settings::Config& config_;
  Reach reach_;
  std::set<std::uint16_t> ports_;
  bool any_port_ = false;
};

}  // namespace

Reach reach_of(const settings::Config& config, const fs::path& dotenv) {
  return Gatherer(config).gather(dotenv);
}

}  // namespace secureauth::process
