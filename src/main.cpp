#include "cli/cli.hpp"

int main(int argc, char** argv) {
  return secureauth::cli::run(argc, argv);
}
