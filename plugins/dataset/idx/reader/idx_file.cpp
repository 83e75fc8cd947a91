#include "idx_file.hpp"

#include <optional>
#include <stdexcept>
#include <string>

#include "gunzip.hpp"

namespace hourglass::idx {
namespace {

constexpr std::int64_t kLargest = std::int64_t{16} << 30;  // bytes; twice the largest set known in this format

std::string hex(std::uint8_t byte) {
  constexpr auto digits = "0123456789abcdef";
  return {'0', 'x', digits[byte >> 4], digits[byte & 15]};
}

struct Header {
  Type type;
  std::vector<std::int64_t> dims;
  std::int64_t offset;  ///< of the first value
  std::int64_t size;    ///< of the whole file
};

/// Parses the header at the start of `bytes`, which are the whole file or at least its first 4 + 4 * 255 bytes.
Header parse(std::span<const std::uint8_t> bytes, const std::filesystem::path& path, int lowest_rank,
             int highest_rank) {
  const auto size = static_cast<std::int64_t>(bytes.size());
  if (size < 4) fail(path, size, "the file ends within the 4 bytes of type and rank with which an IDX file starts");
  if (bytes[0] != 0 || bytes[1] != 0) {
    fail(path, 0,
         "this is not an IDX file: expected 0x00 0x00 at its start, but got " + hex(bytes[0]) + " " + hex(bytes[1]));
  }
  const auto type = static_cast<Type>(bytes[2]);
  if (size_of(type) == 0) {
    fail(path, 2,
         "expected values of type 0x08 (unsigned bytes), 0x09, 0x0b, 0x0c (integers of 8, 16, 32 bits), 0x0d or 0x0e "
         "(floating-point numbers of 32, 64 bits), but got type " +
             hex(bytes[2]));
  }
  const int rank = bytes[3];
  if (rank < lowest_rank || rank > highest_rank) {
    const auto allowed = lowest_rank == highest_rank
                             ? std::to_string(lowest_rank)
                             : std::to_string(lowest_rank) + " to " + std::to_string(highest_rank);
    fail(path, 3, "expected an array of rank " + allowed + ", but got rank " + std::to_string(rank));
  }

  Header header{type, {}, 4 + 4 * rank, 0};
  if (size < header.offset)
    fail(path, size, "the file ends within its header of " + std::to_string(header.offset) + " bytes");
  const std::int64_t most = kLargest / size_of(type);
  std::int64_t values = 1;
  std::string product;
  for (int i = 0; i < rank; ++i) {
    const auto at = static_cast<std::size_t>(4 + 4 * i);
    const std::int64_t dim = std::int64_t{bytes[at]} << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
    if (dim == 0)
      fail(path, static_cast<std::int64_t>(at), "dimension " + std::to_string(i + 1) + " must be at least 1, but is 0");
    product += (i > 0 ? " x " : "") + std::to_string(dim);
    if (values > most / dim) {
      fail(path, static_cast<std::int64_t>(at),
           "the header states " + product + " values, but at most " + std::to_string(most) + " can be read");
    }
    values *= dim;
    header.dims.push_back(dim);
  }
  header.size = header.offset + values * size_of(type);
  return header;
}

/// Passes unpacked bytes to the cache, but never more than their header states.
class Unpacking {
 public:
  Unpacking(const MappedBytes& source, const DataAccess::Write& write, int lowest_rank, int highest_rank)
      : source_(source), write_(write), lowest_rank_(lowest_rank), highest_rank_(highest_rank) {}

  void take(std::span<const std::uint8_t> bytes) {
    count_ += static_cast<std::int64_t>(bytes.size());
    if (!header_) {
      start_.insert(start_.end(), bytes.begin(), bytes.end());
      if (start_.size() >= 4 + 4 * 255) check_start();
      return;
    }
    check_count();
    write_(bytes);
  }

  void finish() {
    if (!header_) check_start();
    if (count_ < header_->size) {
      fail(source_.path, count_,
           "the unpacked file ends here, but its header states " + std::to_string(header_->size) + " bytes");
    }
  }

 private:
  void check_start() {
    header_ = parse(start_, source_.path, lowest_rank_, highest_rank_);
    // The highest compression ratio of deflate: a header that states more is wrong, which is detected before writing.
    constexpr std::int64_t kDeflateLimit = 1032;
    const auto packed = static_cast<std::int64_t>(source_.bytes.size());
    if (header_->size / kDeflateLimit > packed) {
      fail(source_.path, 4,
           "the header states " + std::to_string(header_->size) + " bytes, more than " + std::to_string(packed) +
               " compressed bytes can hold");
    }
    check_count();
    write_(start_);
  }
  void check_count() const {
    if (count_ > header_->size) {
      fail(source_.path, header_->size,
           "the unpacked file is longer than the " + std::to_string(header_->size) + " bytes that its header states");
    }
  }

  const MappedBytes& source_;
  const DataAccess::Write& write_;
  int lowest_rank_, highest_rank_;
  std::vector<std::uint8_t> start_;
  std::optional<Header> header_;
  std::int64_t count_ = 0;
};

IdxFile open_checked(DataAccess& data, const std::filesystem::path& path, int lowest_rank, int highest_rank) {
  MappedBytes file = data.map(path);
  if (is_gzip(file.bytes)) {
    file = data.decoded(path, "gunzip-idx-1", [&](const MappedBytes& source, const DataAccess::Write& write) {
      Unpacking unpacking(source, write, lowest_rank, highest_rank);
      gunzip(source, [&](std::span<const std::uint8_t> bytes) { unpacking.take(bytes); });
      unpacking.finish();
    });
  }
  Header header = parse(file.bytes, path, lowest_rank, highest_rank);
  const auto size = static_cast<std::int64_t>(file.bytes.size());
  if (size < header.size) {
    fail(path, size, "the file ends here, but its header states " + std::to_string(header.size) + " bytes");
  }
  if (size > header.size) {
    fail(path, header.size,
         std::to_string(size - header.size) + " extra bytes follow the last value that the header states");
  }
  return {path,
          header.type,
          std::move(header.dims),
          file.bytes.subspan(static_cast<std::size_t>(header.offset)),
          header.offset,
          std::move(file.owner)};
}

}  // namespace

std::int64_t size_of(Type type) {
  switch (type) {
    case Type::u8:
    case Type::i8: return 1;
    case Type::i16: return 2;
    case Type::i32:
    case Type::f32: return 4;
    case Type::f64: return 8;
  }
  return 0;
}

void fail(const std::filesystem::path& path, std::int64_t offset, const std::string& problem) {
  throw std::runtime_error(path.string() + ": byte " + std::to_string(offset) + ": " + problem);
}

IdxFile open_idx(DataAccess& data, const IdxPath& file, int lowest_rank, int highest_rank) {
  return naming(file, [&] { return open_checked(data, file.path, lowest_rank, highest_rank); });
}

}  // namespace hourglass::idx
