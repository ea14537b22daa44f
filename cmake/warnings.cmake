add_library(secureauth_warnings INTERFACE)
target_compile_options(secureauth_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Werror)
# False alarms of g++ 12 and 13, all in code they inlined themselves: coroutine frames whose operator new they lost
# sight of, and "literal" + std::string (GCC bugs 105329, 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(secureauth_warnings INTERFACE -Wno-mismatched-new-delete -Wno-restrict -Wno-array-bounds
    -Wno-stringop-overflow -Wno-stringop-overread)
endif()
