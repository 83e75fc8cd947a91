// Files in the IDX format, for tests of the datasets that read them.
#pragma once

#include <doctest/doctest.h>
#include <zlib.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace hourglass::test {

inline std::string word(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

inline std::string header(const std::vector<std::uint32_t>& dims, char type = 8) {
  std::string text = {0, 0, type, static_cast<char>(dims.size())};
  for (const auto dim : dims) text += word(dim);
  return text;
}

/// Big-endian values.
template <class T>
std::string numbers(const std::vector<T>& values) {
  std::string text;
  for (const T value : values) {
    std::array<char, sizeof(T)> bytes;
    std::memcpy(bytes.data(), &value, sizeof(T));
    text.append(bytes.rbegin(), bytes.rend());
  }
  return text;
}

/// Values count up from `first`.
inline std::string array(const std::vector<std::uint32_t>& dims, int first = 0) {
  std::uint32_t count = 1;
  for (const auto dim : dims) count *= dim;
  std::string text = header(dims);
  for (std::uint32_t i = 0; i < count; ++i) text += static_cast<char>(first + static_cast<int>(i));
  return text;
}

inline std::string labels(const std::vector<int>& values) {
  std::string text = header({static_cast<std::uint32_t>(values.size())});
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

inline std::string gzip(const std::string& text) {
  z_stream stream = {};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace hourglass::test
