# Everything comes from the distribution's packages; scripts/setup installs them.
set(Boost_USE_STATIC_LIBS ON)
set(Boost_NO_WARN_NEW_VERSIONS ON)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL 3 REQUIRED)
find_package(Threads REQUIRED)
find_package(spdlog REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(libs REQUIRED IMPORTED_TARGET libsodium libargon2 sqlite3 libpq libcurl libutf8proc libidn2 libxcrypt liboath libpng qrcodegencpp libcbor prometheus-cpp-core libseccomp)
find_library(ZXCVBN zxcvbn REQUIRED)  # brings neither a pkg-config nor a CMake file

# Boost.Asio and Boost.Beast are compiled here, once, instead of in every file that includes them.
add_library(boost_separate STATIC ${CMAKE_CURRENT_LIST_DIR}/boost_separate.cpp)
target_link_libraries(boost_separate PUBLIC Boost::headers Threads::Threads OpenSSL::SSL)
target_compile_definitions(boost_separate PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  # A request runs through about half a dozen nested coroutines; with the default of 2 most frames went to malloc.
  BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=16)

add_library(secureauth_dependencies INTERFACE)
target_link_libraries(secureauth_dependencies INTERFACE
  boost_separate Boost::json Boost::url OpenSSL::Crypto ZLIB::ZLIB spdlog::spdlog PkgConfig::libs ${ZXCVBN})
