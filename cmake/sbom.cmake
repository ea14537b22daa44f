# secureauth_sbom(TARGET): writes TARGET.cdx.json beside the program, a CycloneDX list of all that is in it or that it loads.
set(SECUREAUTH_SBOM_TOOL ${CMAKE_CURRENT_LIST_DIR}/sbom.mjs)

function(secureauth_sbom target)
  # Of these packages the program has code in itself: headers and static libraries.
  get_target_property(boost_headers Boost::headers INTERFACE_INCLUDE_DIRECTORIES)
  list(GET boost_headers 0 boost_headers)
  set(compiled_in ${boost_headers}/boost/version.hpp)
  foreach(part json url container)  # the last by way of the first
    if(TARGET Boost::${part})
      list(APPEND compiled_in $<TARGET_FILE:Boost::${part}>)
    endif()
  endforeach()
  foreach(header CLI/CLI.hpp spdlog/spdlog.h fmt/format.h)
    find_file(found ${header} NO_CACHE REQUIRED)
    list(APPEND compiled_in ${found})
    unset(found)
  endforeach()
  set(made $<TARGET_FILE:${target}>.cdx.json)
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${NODE} ${SECUREAUTH_SBOM_TOOL} ${PROJECT_VERSION} $<TARGET_FILE:${target}> ${made} ${compiled_in}
    BYPRODUCTS ${PROJECT_BINARY_DIR}/${target}.cdx.json
    VERBATIM)
endfunction()
