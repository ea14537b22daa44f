#include "audit/head_file.hpp"

#include "core/temporary_output.hpp"

#include <boost/json/serialize.hpp>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace secureauth::audit {

std::optional<SignedHead> HeadFile::read(const HeadVerifier& verifier) const {
  if (!is_set() || !std::filesystem::exists(file_)) return std::nullopt;
  std::ifstream in(file_, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.good() && !in.eof()) throw std::runtime_error("cannot read " + file_.string());
  const auto head = head_from_text(text);
  if (!head) throw std::runtime_error(file_.string() + " holds no signed head of an audit log");
  if (verifier.check(*head) != HeadVerifier::Verdict::right) {
    throw std::runtime_error(file_.string() + " holds a head that is not signed by a key of this log");
  }
  return *head;
}

void HeadFile::write(const SignedHead& head) const {
  const auto text = boost::json::serialize(as_json(head)) + '\n';
  TemporaryOutput out(file_);
  out.write_at(0, crypto::as_bytes(text));
  out.keep();
}

}  // namespace secureauth::audit
