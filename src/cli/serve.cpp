#include "cli/serve.hpp"

#include "app/file_limit.hpp"
#include "app/limits_off.hpp"
#include "app/service.hpp"
#include "cli/settings.hpp"
#include "telemetry/log.hpp"

#include <csignal>
#include <iostream>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace secureauth::cli {
namespace {

using telemetry::Level;

Level level_of(const std::string& name) {
  if (name == "debug") return Level::debug;
  if (name == "warning") return Level::warning;
  if (name == "error") return Level::error;
  return Level::info;
}

/// Blocks the signals that end the service or let it read its keys again, before any thread starts, so that only `wait`
/// below receives them. Writing to a closed socket or past a file size limit is an error code, not the end of the
/// process.
sigset_t block_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

/// Keeps every page that holds a secret out of the swap: all of them, as they come into use, for a page of keys is also
/// one of whatever lies beside them. Only where no limit can be in the way of later ones.
void lock_memory() {
  rlimit lockable{};
  getrlimit(RLIMIT_MEMLOCK, &lockable);
  const bool may = lockable.rlim_cur == RLIM_INFINITY || geteuid() == 0;
  if (may && mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0) return;
  telemetry::log(Level::warning, "memory is not locked: secrets may reach the swap",
                 {{"cure", "no limit of locked memory (LimitMEMLOCK=infinity), or no swap"}});
}

void prepare_process(app::Config& config) {
  if (config.environment == app::Environment::production) {
    prctl(PR_SET_DUMPABLE, 0);  // no secret may reach a core dump, nor a debugger of the same user
    lock_memory();
    if (const auto off = app::limits_off(config); !off.empty()) {
      telemetry::log(Level::warning, "limits are off", {{"settings", off}});
    }
  }
  const auto open_files = app::raise_file_limit();
  const auto fitting = app::connections_within(open_files, config);
  if (fitting < config.http_max_connections) {
    telemetry::log(
        Level::warning, "HTTP_MAX_CONNECTIONS lowered to fit the limit of open files",
        {{"open_files", static_cast<std::int64_t>(open_files)}, {"connections", static_cast<std::int64_t>(fitting)}});
    config.http_max_connections = fitting;
  }
}

}  // namespace

int serve() {
  const auto signals = block_signals();
  auto config = settings_or_complain();
  if (!config) return kRefused;
  const bool terminal = isatty(STDERR_FILENO) == 1;
  const bool json =
      config->log_format == app::LogFormat::json || (config->log_format == app::LogFormat::automatic && !terminal);
  telemetry::start_logging(level_of(config->log_level), json);
  prepare_process(*config);

  app::Service service(*config);
  service.start();
  std::cout << "secureauth: ready at " << config->public_url.text << std::endl;
  telemetry::log(Level::info, "ready", {{"address", config->listen_address}, {"port", std::int64_t{config->port}}});

  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) service.reload(app::process_settings());
  telemetry::log(Level::info, "stopping", {{"signal", signal}});
  service.stop();
  telemetry::log(Level::info, "stopped");
  telemetry::flush_log();
  return 0;
}

void add_serve(CLI::App& root, CommandContext& context) {
  auto* command = root.add_subcommand("serve", "Run the service until SIGTERM (the default command)");
  command->footer("Settings come from the environment, NAME_FILE and .env; see `secureauth config print`.");
  command->callback([&context] { context.exit_code = serve(); });
}

}  // namespace secureauth::cli
