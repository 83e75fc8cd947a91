// Reads the IDX format of MNIST and similar datasets: 4 bytes with type and rank, one big-endian 32-bit number for each
// dimension, then the values, also big-endian.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
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

/// The types of values, as the third byte of a file states them.
enum class Type : std::uint8_t { u8 = 0x08, i8 = 0x09, i16 = 0x0b, i32 = 0x0c, f32 = 0x0d, f64 = 0x0e };

/// Returns the size of a value in bytes, or 0 if there is no such type.
std::int64_t size_of(Type type);

/// An opened file, whose header and size are checked. The values are not copied.
struct IdxFile {
  std::filesystem::path path;
  Type type = Type::u8;
  std::vector<std::int64_t> dims;       ///< each at least 1
  std::span<const std::uint8_t> bytes;  ///< of the values, row-major; as many values as the product of `dims`
  std::int64_t offset = 0;              ///< of the first value in the unpacked file, bytes
  std::shared_ptr<const void> owner;

  std::int64_t count() const { return dims.front(); }
  /// Returns the place of a value in the unpacked file, bytes.
  std::int64_t byte_of(std::int64_t index) const { return offset + index * size_of(type); }
  /// Passes the values [first, first + count) to `take` one after another, each exact as a double.
  template <class Take>
  void read(std::int64_t first, std::int64_t count, const Take& take) const;
};

/// Opens a plain or gzipped IDX file, recognised by its first bytes, of any type of values and with a rank in
/// [lowest_rank, highest_rank]. Throws std::runtime_error with the parameter, the file, the offset and the unexpected
/// value. Never unpacks more bytes than the header states.
IdxFile open_idx(DataAccess& data, const IdxPath& file, int lowest_rank, int highest_rank);

/// Throws std::runtime_error("path: byte offset: problem").
[[noreturn]] void fail(const std::filesystem::path& path, std::int64_t offset, const std::string& problem);

/// Reads one big-endian number.
template <class T>
T big_endian(const std::uint8_t* bytes) {
  std::array<std::uint8_t, sizeof(T)> own;
  if constexpr (std::endian::native == std::endian::little) {
    std::reverse_copy(bytes, bytes + sizeof(T), own.begin());
  } else {
    std::copy_n(bytes, sizeof(T), own.begin());
  }
  return std::bit_cast<T>(own);
}

template <class Take>
void IdxFile::read(std::int64_t first, std::int64_t count, const Take& take) const {
  const auto all = [&]<class T>(T) {
    const auto* at = bytes.data() + first * static_cast<std::int64_t>(sizeof(T));
    for (std::int64_t i = 0; i < count; ++i, at += sizeof(T)) take(static_cast<double>(big_endian<T>(at)));
  };
  switch (type) {
    case Type::u8: return all(std::uint8_t{});
    case Type::i8: return all(std::int8_t{});
    case Type::i16: return all(std::int16_t{});
    case Type::i32: return all(std::int32_t{});
    case Type::f32: return all(float{});
    case Type::f64: return all(double{});
  }
}

}  // namespace hourglass::idx
