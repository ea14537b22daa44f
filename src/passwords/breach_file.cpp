#include "passwords/breach_file.hpp"

#include "core/error.hpp"
#include "passwords/breach_filter.hpp"
#include "passwords/hash_dump.hpp"

#include <stdexcept>

namespace secureauth::passwords {

std::unique_ptr<BreachFile> open_breach_file(const std::filesystem::path& path) {
  RandomAccessFile file(path);
  try {
    if (BreachFilter::recognises(file)) return std::make_unique<BreachFilter>(std::move(file));
    if (HashDump::recognises(file)) return std::make_unique<HashDump>(std::move(file));
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(path.string() + ": " + error.what());
  }
  throw std::runtime_error(path.string() +
                           ": neither SHA-1 digests in hexadecimal, ordered by hash, nor a filter made from them");
}

}  // namespace secureauth::passwords
