#include "cli/import_progress.hpp"

#include <algorithm>
#include <iostream>
#include <string>
#include <unistd.h>

namespace secureauth::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string bar(std::uint64_t done, std::uint64_t total) {
  constexpr std::uint64_t kWidth = 30;
  const auto part = std::min(done, total);
  const auto filled = static_cast<std::size_t>(part * kWidth / total);
  return "[" + std::string(filled, '#') + std::string(kWidth - filled, '.') + "] " +
         std::to_string(part * 100 / total) + "%  ";
}

}  // namespace

ImportProgress::ImportProgress(std::optional<std::uint64_t> total_bytes)
    : total_(total_bytes), terminal_(isatty(STDERR_FILENO) != 0), began_(steady_clock::now()), shown_(began_) {}

void ImportProgress::show(const admin::UserImport::Counts& counts) {
  const auto now = steady_clock::now();
  if (now - shown_ < (terminal_ ? milliseconds(100) : milliseconds(10000))) return;
  shown_ = now;
  draw(counts);
}

void ImportProgress::draw(const admin::UserImport::Counts& counts) {
  const auto settled = counts.imported + counts.skipped + counts.refused;
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(settled) / std::max(seconds(), 0.001));
  const auto text = (total_.value_or(0) > 0 ? bar(counts.bytes, *total_) : "") + "line " + std::to_string(counts.line) +
                    ", " + std::to_string(rate) + " a second";
  if (terminal_) {
    std::cerr << "\r\033[K" << text << std::flush;
    drawn_ = true;
  } else {
    std::cerr << text << std::endl;
  }
}

void ImportProgress::clear() {
  if (drawn_) std::cerr << "\r\033[K" << std::flush;
  drawn_ = false;
}

double ImportProgress::seconds() const {
  return std::chrono::duration<double>(steady_clock::now() - began_).count();
}

}  // namespace secureauth::cli
