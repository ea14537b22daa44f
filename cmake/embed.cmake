# secureauth_embed(TARGET NAMESPACE [BASE FOLDER] FILE...): puts files into the binary as
# `secureauth::embedded::NAMESPACE()`, a map-ordered list of (name, content); names are without their folder, or
# relative to BASE. See src/core/embedded.hpp.
set(SECUREAUTH_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_files.cmake)

function(secureauth_embed target namespace)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${namespace}.cpp)
  cmake_parse_arguments(PARSE_ARGV 2 embed "" BASE "")
  string(REPLACE ";" "|" files "${embed_UNPARSED_ARGUMENTS}")
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DNAMESPACE=${namespace} -DOUTPUT=${output} "-DBASE=${embed_BASE}" "-DFILES=${files}"
            -P ${SECUREAUTH_EMBED_SCRIPT}
    DEPENDS ${embed_UNPARSED_ARGUMENTS} ${SECUREAUTH_EMBED_SCRIPT}
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
  set_source_files_properties(${output} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()
