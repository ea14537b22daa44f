add_library(secureauth_warnings INTERFACE)
target_compile_options(secureauth_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Werror)
