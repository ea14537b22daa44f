#include "cli/serve.hpp"

#include "app/record_store.hpp"
#include "app/service.hpp"
#include "cli/settings.hpp"
#include "process/file_limit.hpp"
#include "process/memory_dumps.hpp"
#include "process/reach.hpp"
#include "process/sandbox.hpp"
#include "process/service_manager.hpp"
#include "process/watchdog.hpp"
#include "settings/limits_off.hpp"
#include "telemetry/log.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <functional>
#include <iostream>
#include <pthread.h>
#include <string>
#include <sys/mman.h>
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

/// The signals that the service acts on, blocked before any thread starts, so that only `await_end` below receives
/// them. Writing to a closed socket or past a file size limit is an error code, not the end of the process. In a
/// terminal SIGHUP says that it was closed, and ends the process as it does any other.
sigset_t block_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  if (isatty(STDERR_FILENO) != 1) sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

std::string where(const settings::Config& config) {
  return "ready at " + config.public_url.text;
}

/// What SIGHUP asks for: the keys are read anew.
void reload(app::Service& service, const settings::Config& config, const process::ServiceManager& manager) {
  manager.reloading();
  service.reload(settings::process_settings());
  manager.ready(where(config));
}

/// Returns the signal that ends the service.
int await_end(const sigset_t& signals, const std::function<void()>& on_reload) {
  int signal = 0;
  for (sigwait(&signals, &signal); signal == SIGHUP; sigwait(&signals, &signal)) on_reload();
  return signal;
}

/// Waits while load balancers turn elsewhere. False: a second signal said not to.
bool wait_before_the_stop(sigset_t signals, std::chrono::seconds delay) {
  sigdelset(&signals, SIGHUP);
  const auto end = std::chrono::steady_clock::now() + delay;
  while (std::chrono::steady_clock::now() < end) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(end - std::chrono::steady_clock::now());
    const timespec time{.tv_sec = left.count(), .tv_nsec = 0};
    if (sigtimedwait(&signals, nullptr, &time) >= 0) return false;
  }
  return true;
}

/// From now on another such signal ends the process at once: whoever sends it twice does not want to wait.
void let_signals_end_it(const sigset_t& signals) {
  telemetry::flush_log();
  std::signal(SIGHUP, SIG_IGN);
  for (const int stop : {SIGTERM, SIGINT}) std::signal(stop, SIG_DFL);  // a shell's background has SIGINT ignored
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

/// Keeps every page that holds a secret out of the swap: all of them, as they come into use, for a page of keys is also
/// one of whatever lies beside them. Only where no limit can be in the way of later ones.
bool lock_memory() {
  rlimit lockable{};
  getrlimit(RLIMIT_MEMLOCK, &lockable);
  const bool may = lockable.rlim_cur == RLIM_INFINITY || geteuid() == 0;
  if (may && mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0) return true;
  telemetry::log(Level::warning, "memory is not locked: secrets may reach the swap",
                 {{"cure", "no limit of locked memory (LimitMEMLOCK=infinity), or no swap"}});
  return false;
}

/// Says whether memory is locked.
bool prepare_process(settings::Config& config) {
  bool locked = false;
  if (config.environment == settings::Environment::production) {
    process::forbid_memory_dumps();
    locked = lock_memory();
    if (const auto off = settings::limits_off(config); !off.empty()) {
      telemetry::log(Level::warning, "limits are off", {{"settings", off}});
    }
  } else {
    process::permit_memory_dumps();
  }
  const auto open_files = process::raise_file_limit();
  const auto fitting = process::connections_within(open_files, config);
  if (fitting < config.http_max_connections) {
    telemetry::log(
        Level::warning, "HTTP_MAX_CONNECTIONS lowered to fit the limit of open files",
        {{"open_files", static_cast<std::int64_t>(open_files)}, {"connections", static_cast<std::int64_t>(fitting)}});
    config.http_max_connections = fitting;
  }
  return locked;
}

/// What is written must be there before the sandbox, whose rules are about what there is.
void enter(process::Sandbox& sandbox, const settings::Config& config) {
  if (config.environment == settings::Environment::production) {
    app::require_record_store(config);
  } else {
    app::make_record_store(config);
  }
  sandbox.give_up_files(process::reach_of(config));
}

/// Where the start is refused there is no log yet: what warns of a setting may be why.
void enter_or_warn(process::Sandbox& sandbox, const settings::SettingsOutcome& outcome) {
  try {
    enter(sandbox, outcome.config);
  } catch (const std::exception&) {
    for (const auto& warning : outcome.warnings) complain("warning: " + warning);
    throw;
  }
}

}  // namespace

void serve(CommandContext& context) {
  const auto signals = block_signals();
  auto outcome = settings::load_settings(settings::process_settings());
  if (!outcome.mistakes.empty()) {  // warnings of a start that goes on are for the log
    complain_about(outcome, context);
    return;
  }
  auto& config = outcome.config;
  const process::ServiceManager manager;
  const auto passed = process::take_passed_sockets(config.listen_address, config.port);
  process::Sandbox sandbox(config.sandbox);
  enter_or_warn(sandbox, outcome);
  const bool terminal = isatty(STDERR_FILENO) == 1;
  const bool json = config.log_format == settings::LogFormat::json ||
                    (config.log_format == settings::LogFormat::automatic && !terminal);
  telemetry::start_logging(level_of(config.log_level), json);
  for (const auto& warning : outcome.warnings) telemetry::log(Level::warning, "settings", {{"warning", warning}});
  const bool locked = prepare_process(config);

  app::Service service(config);
  service.start(passed);
  sandbox.give_up_calls(locked);
  process::Watchdog watchdog(service.watched_parts(config), [&manager] { manager.beat(); });
  if (const auto limit = manager.beat_limit()) watchdog.start(*limit);
  std::cout << "secureauth: ready at " << config.public_url.text << std::endl;
  telemetry::log(Level::info, "ready",
                 {{"address", config.listen_address},
                  {"port", std::int64_t{config.port}},
                  {"passed_sockets", static_cast<std::int64_t>(passed.size())}});
  manager.ready(where(config));

  const auto signal = await_end(signals, [&] { reload(service, config, manager); });
  telemetry::log(Level::info, "stopping", {{"signal", signal}});
  manager.stopping("finishes what is in flight");
  service.leave();
  if (wait_before_the_stop(signals, config.shutdown_delay)) {
    let_signals_end_it(signals);
    watchdog.stop();
    service.stop();
    telemetry::log(Level::info, "stopped");
  } else {
    telemetry::log(Level::warning, "ended by a second signal: what was in flight is lost");
    telemetry::flush_log();
    std::_Exit(kRefused);
  }
  telemetry::flush_log();
}

void add_serve(CLI::App& root, CommandContext& context) {
  auto* command = root.add_subcommand("serve", "Run the service until SIGTERM (the default command)");
  command->footer("Settings come from the environment, NAME_FILE and .env; see `secureauth config print`.");
  command->callback([&context] { serve(context); });
}

}  // namespace secureauth::cli
