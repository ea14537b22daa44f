#include "cli/log_keys.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string_view>

namespace secureauth::cli {
namespace {

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find_first_of(" \t\r\n"));
}

}  // namespace

std::vector<crypto::VerifyKey> read_public_keys(const std::vector<std::string>& given) {
  std::vector<crypto::VerifyKey> keys;
  for (const auto& text : given) {
    auto key = crypto::VerifyKey::parse(text);
    if (!key && !text.starts_with("ed25519:")) {
      const auto content = read_whole(text);
      key = crypto::VerifyKey::parse(first_word(content));
    }
    if (!key) throw std::runtime_error("'" + text + "' is no public key of an audit log: ed25519: and base64");
    keys.push_back(*key);
  }
  return keys;
}

std::string read_whole(const std::string& file) {
  if (file == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace secureauth::cli
