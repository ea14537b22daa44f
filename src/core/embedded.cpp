#include "core/embedded.hpp"

#include <algorithm>

namespace secureauth::embedded {

const File* find(const std::vector<File>& files, std::string_view name) {
  const auto found = std::find_if(files.begin(), files.end(), [&](const File& file) { return file.name == name; });
  return found == files.end() ? nullptr : &*found;
}

}  // namespace secureauth::embedded
