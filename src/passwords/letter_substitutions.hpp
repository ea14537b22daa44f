#pragma once

#include <string_view>

namespace secureauth::passwords {

/// The letters that a digit or sign is written for ("l33t"), the likelier first; empty where it stands for itself.
/// 1, ! and | are read both ways: pa55w0rd1, but also we1come.
[[nodiscard]] constexpr std::string_view letters_for(char sign) {
  switch (sign) {
    case '0':
      return "o";
    case '1':
    case '!':
    case '|':
      return "il";
    case '2':
      return "z";
    case '3':
      return "e";
    case '4':
    case '@':
      return "a";
    case '5':
    case '$':
      return "s";
    case '6':
    case '9':
      return "g";
    case '7':
    case '+':
      return "t";
    case '8':
      return "b";
    case '(':
      return "c";
    default:
      return {};
  }
}

}  // namespace secureauth::passwords
