# What compiler and linker do against memory faults, in what is released; tests/static/test_binary.py reads the binary for it.
# Each flag's cost is in docs/performance.md, why these and no more in docs/adr/0030-packages-and-hardened-builds.md.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  return()
endif()

include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
add_compile_options(
  -fstack-protector-strong -fstack-clash-protection
  -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS
  # No folder of the machine that built it: equal sources give equal bytes wherever they lie.
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}/= -ffile-prefix-map=${PROJECT_BINARY_DIR}/=build/)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_compile_options(-fcf-protection=full)  # for processors with CET: indirect calls land, returns match
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64")
  add_compile_options(-mbranch-protection=standard)
endif()
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,--build-id=sha1)
