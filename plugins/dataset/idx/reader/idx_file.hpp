// Reads the IDX format of MNIST and similar datasets: 4 bytes with type and rank, one big-endian 32-bit number for each
// dimension, then the values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "hourglass/dataset.hpp"

namespace hourglass::idx {

/// Where a file is, and the parameter that says so, which its errors name; "" if none does.
struct IdxPath {
  std::filesystem::path path;
  std::string parameter = {};
};

/// Returns read(); the parameter of `file` is put before the text of what it throws.
template <class Read>
auto naming(const IdxPath& file, const Read& read) {
  try {
    return read();
  } catch (const std::exception& error) {
    if (file.parameter.empty()) throw;
    throw std::runtime_error(file.parameter + " = " + error.what());
  }
}

/// An opened file of unsigned bytes, whose header and size are checked. The values are not copied.
struct IdxFile {
  std::filesystem::path path;
  std::vector<std::int64_t> dims;        ///< each at least 1
  std::span<const std::uint8_t> values;  ///< row-major; as many as the product of `dims`
  std::int64_t offset = 0;               ///< of the first value in the unpacked file, bytes
  std::shared_ptr<const void> owner;

  std::int64_t count() const { return dims.front(); }
};

/// Opens a plain or gzipped IDX file, recognised by its first bytes, with a rank in [lowest_rank, highest_rank]. Throws
/// std::runtime_error with the parameter, the file, the offset and the unexpected value. Never unpacks more bytes than
/// the header states.
IdxFile open_idx(DataAccess& data, const IdxPath& file, int lowest_rank, int highest_rank);

/// Throws std::runtime_error("path: byte offset: problem").
[[noreturn]] void fail(const std::filesystem::path& path, std::int64_t offset, const std::string& problem);

}  // namespace hourglass::idx
