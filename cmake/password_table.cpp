// Run at build time: password_table_tool LIST OUTPUT writes C++ that holds the list's fingerprint table.
#include "passwords/fingerprint_table.hpp"

#include <fstream>
#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::ifstream list(argv[1]);
  std::vector<std::uint64_t> fingerprints;
  for (std::string line; std::getline(list, line);) {
    fingerprints.push_back(secureauth::passwords::fingerprint(line));
  }
  if (fingerprints.empty()) {
    std::cerr << argv[1] << ": no passwords\n";
    return 1;
  }
  std::ofstream output(argv[2]);
  output << "#include \"passwords/listed_passwords.hpp\"\n\nnamespace {\nconstexpr std::uint64_t kSlots[] = {\n";
  for (const auto slot : secureauth::passwords::make_slots(fingerprints)) output << slot << "U,\n";
  output
      << "};\n}  // namespace\n\nsecureauth::passwords::FingerprintTable secureauth::passwords::listed_passwords() {\n"
         "  return FingerprintTable(kSlots);\n}\n";
  return output.flush() ? 0 : 1;
}
