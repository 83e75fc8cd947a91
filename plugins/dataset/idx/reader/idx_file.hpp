// The IDX format of MNIST and its kin: 4 bytes of type and rank, one big-endian 32-bit number for each dimension,
// values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "hourglass/dataset.hpp"

namespace hourglass::idx {

/// An opened file of unsigned bytes: header checked, size right to the byte, values left where they are.
struct IdxFile {
  std::filesystem::path path;
  std::vector<std::int64_t> dims;        ///< none of them 0
  std::span<const std::uint8_t> values;  ///< row-major, the product of `dims`
  std::int64_t offset = 0;               ///< of the first value, in the unpacked file
  std::shared_ptr<const void> owner;

  std::int64_t count() const { return dims.front(); }
};

/// Opens a plain or gzipped IDX file (told apart by their first bytes) whose rank lies in [lowest_rank, highest_rank].
/// Throws std::runtime_error with the file, the byte and what stands there. Never unpacks more than the header
/// announces.
IdxFile open_idx(DataAccess& data, const std::filesystem::path& path, int lowest_rank, int highest_rank);

/// Throws std::runtime_error("path: byte offset: problem").
[[noreturn]] void fail(const std::filesystem::path& path, std::int64_t offset, const std::string& problem);

}  // namespace hourglass::idx
