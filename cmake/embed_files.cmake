# Run by secureauth_embed at build time.
string(REPLACE "|" ";" files "${FILES}")
set(arrays "")
set(entries "")
set(index 0)
foreach(file IN LISTS files)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  if(BASE)
    file(RELATIVE_PATH name "${BASE}" "${file}")
  else()
    get_filename_component(name "${file}" NAME)
  endif()
  string(APPEND arrays "constexpr unsigned char kFile${index}[] = {${bytes}0};\n")
  string(APPEND entries "    {\"${name}\", text(kFile${index}, sizeof kFile${index} - 1)},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUTPUT}" "#include \"core/embedded.hpp\"
namespace {
${arrays}
[[maybe_unused]] std::string_view text(const unsigned char* data, std::size_t size) { return {reinterpret_cast<const char*>(data), size}; }
}  // namespace
namespace secureauth::embedded {
const std::vector<File>& ${NAMESPACE}() {
  static const std::vector<File> files = {
${entries}  };
  return files;
}
}  // namespace secureauth::embedded
")
