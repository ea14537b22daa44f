#pragma once

#include <string_view>
#include <vector>

/// Files that the build put into the binary (cmake/embed.cmake), in the order of their names.
namespace secureauth::embedded {

struct File {
  std::string_view name;  ///< without its folder; of mail templates, below resources/mail/; of pages, below web/
  std::string_view content;
  std::string_view gzip = {};  ///< the same compressed (RFC 1952); empty where nobody asked for that
  std::string_view tag = {};   ///< crypto::content_tag(), known without reading the content; empty where gzip is
};

const std::vector<File>& migrations();
const std::vector<File>& mail_templates();
const std::vector<File>& web();
const std::vector<File>& authenticators();
const std::vector<File>& api_docs();  ///< what cmake/npm/api_docs.mjs makes: openapi.json, viewer/…

/// The file of that name, or nullptr.
const File* find(const std::vector<File>& files, std::string_view name);

}  // namespace secureauth::embedded
