# secureauth_embed(TARGET NAMESPACE FILE...): puts files into the binary as
# `secureauth::embedded::NAMESPACE()`, a map-ordered list of (file name, content). See src/core/embedded.hpp.
set(SECUREAUTH_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_files.cmake)

function(secureauth_embed target namespace)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${namespace}.cpp)
  string(REPLACE ";" "|" files "${ARGN}")
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DNAMESPACE=${namespace} -DOUTPUT=${output} "-DFILES=${files}" -P ${SECUREAUTH_EMBED_SCRIPT}
    DEPENDS ${ARGN} ${SECUREAUTH_EMBED_SCRIPT}
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
  set_source_files_properties(${output} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()
