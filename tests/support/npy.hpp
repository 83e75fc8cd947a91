// Arrays of bytes in NumPy's format, for tests of what reads them.
#pragma once

#include <string>

namespace hourglass::test {

/// Returns a .npy file of bytes; `shape` is "2, 4, 4".
inline std::string npy_bytes(const std::string& shape, const std::string& bytes) {
  std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (" + shape + "), }";
  header += std::string(117 - header.size(), ' ') + "\n";
  return std::string("\x93NUMPY\x01\0\x76\0", 10) + header + bytes;
}

}  // namespace hourglass::test
