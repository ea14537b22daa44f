# secureauth_password_table(TARGET FILE): puts the file's lines into the binary as the fingerprint table that
# passwords/listed_passwords.hpp declares. A tool built here makes it, so that the service has nothing to read at start.
set(SECUREAUTH_PASSWORD_TABLE_TOOL ${CMAKE_CURRENT_LIST_DIR}/password_table.cpp)

function(secureauth_password_table target file)
  add_executable(password_table_tool ${SECUREAUTH_PASSWORD_TABLE_TOOL})
  target_include_directories(password_table_tool PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(password_table_tool PRIVATE secureauth_warnings)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/listed_passwords.cpp)
  add_custom_command(
    OUTPUT ${output}
    COMMAND password_table_tool ${file} ${output}
    DEPENDS password_table_tool ${file}
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
  set_source_files_properties(${output} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()
