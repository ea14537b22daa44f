#include "cli/serve.hpp"

#include "app/service.hpp"
#include "cli/settings.hpp"
#include "telemetry/log.hpp"

#include <csignal>
#include <iostream>
#include <pthread.h>
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

/// Blocks the signals that end the service, before any thread starts, so that only `wait` below receives them. Writing
/// to a closed socket or past a file size limit is an error code, not the end of the process.
sigset_t block_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGTERM);
  sigaddset(&stops, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stops, nullptr);
  return stops;
}

void prepare_process(const app::Config& config) {
  // No secret may reach a core dump, nor a debugger of the same user.
  if (config.environment == app::Environment::production) prctl(PR_SET_DUMPABLE, 0);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;  // the soft limit is often 1024, too few for the connections allowed
    setrlimit(RLIMIT_NOFILE, &files);
  }
}

}  // namespace

int serve() {
  const auto stops = block_signals();
  const auto config = settings_or_complain();
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
  sigwait(&stops, &signal);
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
