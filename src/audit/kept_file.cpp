#include "audit/kept_file.hpp"

#include "crypto/encoding.hpp"

namespace secureauth::audit {

void KeptFile::add(std::string_view lines) {
  const auto bytes = crypto::as_bytes(lines);
  file_.write_at(written_, bytes);
  digest_.add(bytes);
  written_ += bytes.size();
}

std::string KeptFile::keep() {
  file_.keep(TemporaryOutput::Readers::owner);
  return crypto::hex_encode(digest_.finish());
}

}  // namespace secureauth::audit
