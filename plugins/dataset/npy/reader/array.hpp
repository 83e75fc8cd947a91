// Reads arrays in NumPy's format: a magic word, a header that states type and shape, then the values.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/dataset.hpp"

namespace hourglass::npy {

/// The types of values. A bf16 is the upper half of an f32, which NumPy itself does not know.
enum class Type { u8, i8, u16, i16, u32, i32, u64, i64, f16, bf16, f32, f64 };

std::int64_t size_of(Type type);  ///< bytes

/// An opened array, whose header and size are checked. The values are not copied.
struct Array {
  std::string name;  ///< what messages call it: the file's path and, inside an archive, the member's name
  Type type = Type::f32;
  std::vector<std::int64_t> dims;       ///< each at least 1
  std::span<const std::uint8_t> bytes;  ///< of the values, row-major and little-endian, in general not aligned
  std::int64_t offset = 0;              ///< of the first value in the file, bytes
  std::shared_ptr<const void> owner;

  std::int64_t count() const { return dims.front(); }
  std::int64_t row_size() const;  ///< number of values of one entry of the first dimension
  /// Passes the values [first, first + count) to `take` one after another, as doubles.
  template <class Take>
  void read(std::int64_t first, std::int64_t count, const Take& take) const;
};

/// Opens an array of rank `lowest_rank` to `highest_rank`. With `bf16`, values of 16 bits, `<u2` or without a type
/// (`|V2`), are bf16. Throws std::runtime_error("name: byte offset: problem").
Array open_array(std::string name, const MappedBytes& file, bool bf16, std::size_t lowest_rank,
                 std::size_t highest_rank);

/// Throws std::runtime_error("name: byte offset: problem").
[[noreturn]] void fail(const std::string& name, std::int64_t offset, const std::string& problem);

/// Returns the value of 16 bits in the format of IEEE 754.
float from_half(std::uint16_t bits);

/// Returns read(); a parameter's name is put before the text of what it throws.
template <class Read>
auto naming(std::string_view parameter, const Read& read) {
  try {
    return read();
  } catch (const std::exception& error) {
    throw std::runtime_error(std::string(parameter) + " = " + error.what());
  }
}

template <class Take>
void Array::read(std::int64_t first, std::int64_t count, const Take& take) const {
  static_assert(std::endian::native == std::endian::little);
  const auto all = [&]<class T>(T, const auto& convert) {
    const auto* at = bytes.data() + first * static_cast<std::int64_t>(sizeof(T));
    for (std::int64_t i = 0; i < count; ++i, at += sizeof(T)) {
      T value;
      std::memcpy(&value, at, sizeof(T));
      take(static_cast<double>(convert(value)));
    }
  };
  const auto same = [](auto value) { return value; };
  switch (type) {
    case Type::u8: return all(std::uint8_t{}, same);
    case Type::i8: return all(std::int8_t{}, same);
    case Type::u16: return all(std::uint16_t{}, same);
    case Type::i16: return all(std::int16_t{}, same);
    case Type::u32: return all(std::uint32_t{}, same);
    case Type::i32: return all(std::int32_t{}, same);
    case Type::u64: return all(std::uint64_t{}, same);
    case Type::i64: return all(std::int64_t{}, same);
    case Type::f16: return all(std::uint16_t{}, from_half);
    case Type::bf16:
      return all(std::uint16_t{}, [](std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); });
    case Type::f32: return all(float{}, same);
    case Type::f64: return all(double{}, same);
  }
}

}  // namespace hourglass::npy
