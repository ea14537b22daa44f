# secureauth_embed(TARGET NAMESPACE [GZIP] [BASE FOLDER] FILE...): puts files into the binary as
# `secureauth::embedded::NAMESPACE()`, a list of (name, content) in the order given; names are without their folder, or
# relative to BASE. With GZIP each file is there compressed as well, and its tag. The assembler takes the files in, so that the
# compiler never sees them. See src/core/embedded.hpp.
function(secureauth_embed target namespace)
  cmake_parse_arguments(PARSE_ARGV 2 embed "GZIP" "BASE" "")
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${namespace}.cpp)
  set(index 0)
  foreach(file IN LISTS embed_UNPARSED_ARGUMENTS)
    if(embed_BASE)
      file(RELATIVE_PATH name "${embed_BASE}" "${file}")
    else()
      get_filename_component(name "${file}" NAME)
    endif()
    set(symbol embedded_${namespace}_${index})
    list(APPEND taken "${file}")
    string(APPEND symbols "extern const char ${symbol}[], ${symbol}_end[];\n")
    string(APPEND assembly "${symbol}: .incbin \"${file}\"\n${symbol}_end:\n")
    set(made "{}, {}")
    if(embed_GZIP)
      set(compressed ${CMAKE_CURRENT_BINARY_DIR}/embedded/${namespace}/${name}.gz)
      get_filename_component(folder "${compressed}" DIRECTORY)
      file(MAKE_DIRECTORY "${folder}")
      # -n: neither name nor time, so that equal files give equal bytes.
      add_custom_command(OUTPUT ${compressed} COMMAND gzip -9 -n -c "${file}" > "${compressed}" DEPENDS "${file}" VERBATIM)
      # Of the sum the first 16 digits are crypto::content_tag().
      set(sum ${CMAKE_CURRENT_BINARY_DIR}/embedded/${namespace}/${name}.sha256)
      add_custom_command(OUTPUT ${sum} COMMAND ${CMAKE_COMMAND} -E sha256sum "${file}" > "${sum}" DEPENDS "${file}" VERBATIM)
      list(APPEND taken "${compressed}" "${sum}")
      string(APPEND symbols "extern const char ${symbol}_gzip[], ${symbol}_gzip_end[], ${symbol}_tag[], ${symbol}_tag_end[];\n")
      string(APPEND assembly "${symbol}_gzip: .incbin \"${compressed}\"\n${symbol}_gzip_end:\n")
      string(APPEND assembly "${symbol}_tag: .incbin \"${sum}\", 0, 16\n${symbol}_tag_end:\n")
      set(made "{${symbol}_gzip, ${symbol}_gzip_end}, {${symbol}_tag, ${symbol}_tag_end}")
    endif()
    string(APPEND entries "    {\"${name}\", {${symbol}, ${symbol}_end}, ${made}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[
#include "core/embedded.hpp"

asm(R"(
.pushsection .rodata, "a"
@assembly@.popsection
)");
extern "C" {
@symbols@}

namespace secureauth::embedded {

const std::vector<File>& @namespace@() {
  static const std::vector<File> files = {
@entries@  };
  return files;
}

}  // namespace secureauth::embedded
]])
  target_sources(${target} PRIVATE ${output})
  set_source_files_properties(${output} PROPERTIES SKIP_PRECOMPILE_HEADERS ON OBJECT_DEPENDS "${taken}")
endfunction()
