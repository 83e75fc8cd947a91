// Parses the header of an array: a Python dictionary of three entries.
#include "array.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

namespace hourglass::npy {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

constexpr std::pair<std::string_view, Type> kTypes[] = {
    {"u1", Type::u8},  {"b1", Type::u8},  {"i1", Type::i8},  {"u2", Type::u16}, {"i2", Type::i16}, {"u4", Type::u32},
    {"i4", Type::i32}, {"u8", Type::u64}, {"i8", Type::i64}, {"f2", Type::f16}, {"f4", Type::f32}, {"f8", Type::f64}};

/// Reads the text of a header from left to right.
class Parser {
 public:
  Parser(const std::string& name, std::string_view text, std::int64_t offset)
      : name_(name), text_(text), offset_(offset) {}

  /// Returns the place of the next word in the file.
  std::int64_t place() {
    accept("");
    return offset_ + static_cast<std::int64_t>(at_);
  }
  [[noreturn]] void fail(const std::string& expected) {
    npy::fail(name_, place(), "the header of the array is damaged: expected " + expected);
  }
  bool accept(std::string_view word) {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void expect(std::string_view word) {
    if (!accept(word)) fail("'" + std::string(word) + "'");
  }
  std::string_view quoted() {
    const auto quote = accept("'") ? '\'' : accept("\"") ? '"' : '\0';
    const auto end = quote == '\0' ? std::string_view::npos : text_.find(quote, at_);
    if (end == std::string_view::npos) fail("a quoted text");
    const auto begin = std::exchange(at_, end + 1);
    return text_.substr(begin, end - begin);
  }
  std::int64_t number() {
    accept("");
    const auto begin = at_;
    std::int64_t value = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      if (value > (std::int64_t{1} << 58)) fail("a smaller dimension");
      value = 10 * value + (text_[at_] - '0');
    }
    if (at_ == begin) fail("a number");
    return value;
  }

 private:
  const std::string& name_;
  std::string_view text_;
  std::int64_t offset_;
  std::size_t at_ = 0;
};

Type type_of(const std::string& name, std::string_view descr, std::int64_t place, bool bf16) {
  const auto refuse = [&](const std::string& problem) { fail(name, place, problem); };
  const auto order = descr.empty() ? '\0' : descr[0];
  const auto kind = descr.empty() ? descr : descr.substr(1);
  if (kind == "V2" && !bf16) {
    refuse("values of type '" + std::string(descr) +
           "' have 16 bits of unknown meaning; set bf16 = true if they are bfloat16");
  }
  if (bf16 && kind != "V2" && kind != "u2") {
    refuse("bf16 = true needs values of type '<u2' or '|V2', but got '" + std::string(descr) + "'; remove bf16");
  }
  if (order == '>' && !kind.ends_with('1'))
    refuse("values of type '" + std::string(descr) +
           "' are big-endian; save the array with its type in the other order, "
           "as by a.astype(a.dtype.newbyteorder(\"<\"))");
  if (bf16) return Type::bf16;
  const auto found = std::ranges::find(kTypes, kind, &std::pair<std::string_view, Type>::first);
  if (found == std::end(kTypes)) {
    refuse("values of type '" + std::string(descr) +
           "' cannot be read; expected numbers of type f2, f4, f8, u1 to u8, i1 to i8 or b1");
  }
  return found->second;
}

struct Header {
  Type type = Type::f32;
  std::vector<std::int64_t> dims;
};

Header parse(const std::string& name, std::string_view text, std::int64_t offset, bool bf16, std::size_t lowest_rank,
             std::size_t highest_rank) {
  Parser parser(name, text, offset);
  Header header;
  bool has_type = false, has_shape = false;
  parser.expect("{");
  while (!parser.accept("}")) {
    const auto key = parser.quoted();
    parser.expect(":");
    if (key == "descr") {
      if (parser.accept("[")) parser.fail("numbers, not records");
      const auto place = parser.place();
      header.type = type_of(name, parser.quoted(), place, bf16);
      has_type = true;
    } else if (key == "fortran_order") {
      const auto place = parser.place();
      if (!parser.accept("False")) {
        parser.expect("True");
        fail(name, place, "the array is in Fortran order; save it in C order, as by numpy.ascontiguousarray(a)");
      }
    } else if (key == "shape") {
      parser.expect("(");
      const auto place = parser.place();
      while (!parser.accept(")")) {
        header.dims.push_back(parser.number());
        if (header.dims.back() == 0) fail(name, place, "each dimension must be at least 1, but one is 0");
        parser.accept(",");
      }
      if (header.dims.size() < lowest_rank || header.dims.size() > highest_rank) {
        const auto allowed =
            std::to_string(lowest_rank) + (lowest_rank == highest_rank ? "" : " to " + std::to_string(highest_rank));
        fail(name, place,
             "expected an array of rank " + allowed + ", but got rank " + std::to_string(header.dims.size()));
      }
      has_shape = true;
    } else {
      parser.fail("one of the keys 'descr', 'fortran_order' and 'shape'");
    }
    parser.accept(",");
  }
  if (!has_type || !has_shape) parser.fail("the keys 'descr' and 'shape'");
  return header;
}

}  // namespace

std::int64_t size_of(Type type) {
  switch (type) {
    case Type::u8:
    case Type::i8: return 1;
    case Type::u16:
    case Type::i16:
    case Type::f16:
    case Type::bf16: return 2;
    case Type::u32:
    case Type::i32:
    case Type::f32: return 4;
    default: return 8;
  }
}

void fail(const std::string& name, std::int64_t offset, const std::string& problem) {
  throw std::runtime_error(name + ": byte " + std::to_string(offset) + ": " + problem);
}

float from_half(std::uint16_t bits) {
  const bool negative = bits >> 15 != 0;
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  float value = 0;
  if (exponent == 31) {
    value = fraction == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    value = std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  }
  return negative ? -value : value;
}

std::int64_t Array::row_size() const {
  std::int64_t size = 1;
  for (std::size_t i = 1; i < dims.size(); ++i) size *= dims[i];
  return size;
}

Array open_array(std::string name, const MappedBytes& file, bool bf16, std::size_t lowest_rank,
                 std::size_t highest_rank) {
  const std::string_view text(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  if (!text.starts_with(kMagic)) fail(name, 0, "this is not an array in NumPy's format (.npy)");
  constexpr std::size_t kVersion = kMagic.size(), kLength = kVersion + 2;
  if (text.size() < kLength + 4) fail(name, std::ssize(text), "the file ends within its header");
  const auto version = file.bytes[kVersion];
  if (version < 1 || version > 3) {
    fail(name, kVersion, "expected version 1 to 3 of the format, but got " + std::to_string(version));
  }
  const auto byte = [&](std::size_t i) { return std::size_t{file.bytes[kLength + i]}; };
  const auto begin = kLength + (version == 1 ? 2 : 4);
  const auto length = version == 1 ? byte(0) | byte(1) << 8 : byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
  if (text.size() - begin < length) {
    fail(name, std::ssize(text), "the file ends within its header of " + std::to_string(begin + length) + " bytes");
  }
  auto header =
      parse(name, text.substr(begin, length), static_cast<std::int64_t>(begin), bf16, lowest_rank, highest_rank);
  Array array{std::move(name),
              header.type,
              std::move(header.dims),
              file.bytes.subspan(begin + length),
              static_cast<std::int64_t>(begin + length),
              file.owner};
  std::int64_t values = 1;
  for (const auto dim : array.dims) {
    if (values > (std::int64_t{1} << 58) / dim) fail(array.name, std::ssize(kMagic), "the array is too large");
    values *= dim;
  }
  if (const auto expected = values * size_of(array.type); expected != std::ssize(array.bytes)) {
    fail(array.name, std::ssize(text),
         "the header states " + std::to_string(expected) + " bytes of values, but the file has " +
             std::to_string(array.bytes.size()));
  }
  return array;
}

}  // namespace hourglass::npy
