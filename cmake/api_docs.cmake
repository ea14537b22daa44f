# secureauth_api_docs(TARGET): embeds what /openapi.json and /docs are made of; api/viewer/make.mjs makes it of
# api/openapi.yaml and of the packages that `scripts/setup run` fetched.
find_program(NODE NAMES node nodejs REQUIRED)

function(secureauth_api_docs target)
  set(viewer ${PROJECT_SOURCE_DIR}/api/viewer)
  if(NOT EXISTS ${viewer}/node_modules/swagger-ui-dist/package.json)
    message(FATAL_ERROR "api/viewer/node_modules is missing: run scripts/setup run")
  endif()
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/api_docs)
  set(files openapi.json viewer/swagger-ui.js viewer/swagger-ui.css)
  foreach(number RANGE 1 10)
    list(APPEND files viewer/picture-${number}.svg)
  endforeach()
  list(TRANSFORM files PREPEND ${folder}/)
  add_custom_command(
    OUTPUT ${files}
    COMMAND ${NODE} ${viewer}/make.mjs ${folder}
    DEPENDS ${viewer}/make.mjs ${viewer}/package-lock.json ${PROJECT_SOURCE_DIR}/api/openapi.yaml
            ${viewer}/node_modules/swagger-ui-dist/package.json
    VERBATIM)
  secureauth_embed(${target} api_docs GZIP BASE ${folder} ${files})
endfunction()
