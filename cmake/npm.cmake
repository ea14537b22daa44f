# What the build makes with packages from npm, which `scripts/setup run` fetches into cmake/npm/node_modules.
find_program(NODE NAMES node nodejs REQUIRED)
set(SECUREAUTH_NPM ${CMAKE_CURRENT_LIST_DIR}/npm)
if(NOT EXISTS ${SECUREAUTH_NPM}/node_modules/swagger-ui-dist/package.json)
  message(FATAL_ERROR "cmake/npm/node_modules is missing: run scripts/setup run")
endif()

# secureauth_pages(TARGET FOLDER FILE...): embeds the files as `embedded::web()`, scripts and styles minified.
function(secureauth_pages target folder)
  set(made ${CMAKE_CURRENT_BINARY_DIR}/web)
  set(sources ${ARGN})
  list(TRANSFORM ARGN REPLACE "^${folder}/" "" OUTPUT_VARIABLE names)
  list(TRANSFORM names PREPEND ${made}/ OUTPUT_VARIABLE outputs)
  add_custom_command(
    OUTPUT ${outputs}
    COMMAND ${NODE} ${SECUREAUTH_NPM}/minify.mjs ${folder} ${made} ${names}
    DEPENDS ${sources} ${SECUREAUTH_NPM}/minify.mjs ${SECUREAUTH_NPM}/package-lock.json
    VERBATIM)
  secureauth_embed(${target} web GZIP BASE ${made} ${outputs})
endfunction()

# secureauth_api_docs(TARGET): embeds what /openapi.json and /docs are made of; api_docs.mjs makes it of api/openapi.yaml.
function(secureauth_api_docs target)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/api_docs)
  set(files openapi.json viewer/swagger-ui.js viewer/swagger-ui.css)
  foreach(number RANGE 1 10)
    list(APPEND files viewer/picture-${number}.svg)
  endforeach()
  list(TRANSFORM files PREPEND ${folder}/)
  add_custom_command(
    OUTPUT ${files}
    COMMAND ${NODE} ${SECUREAUTH_NPM}/api_docs.mjs ${folder}
    DEPENDS ${SECUREAUTH_NPM}/api_docs.mjs ${SECUREAUTH_NPM}/package-lock.json ${PROJECT_SOURCE_DIR}/api/openapi.yaml
    VERBATIM)
  secureauth_embed(${target} api_docs GZIP BASE ${folder} ${files})
endfunction()
