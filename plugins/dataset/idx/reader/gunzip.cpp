#include "gunzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "idx_file.hpp"

namespace hourglass::idx {
namespace {

class Inflater {
 public:
  Inflater() {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::runtime_error("zlib cannot be initialised");
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }
  z_stream* get() { return &stream_; }

 private:
  z_stream stream_ = {};
};

}  // namespace

bool is_gzip(std::span<const std::uint8_t> bytes) { return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b; }

void gunzip(const MappedBytes& file, const DataAccess::Write& take) {
  Inflater inflater;
  z_stream* stream = inflater.get();
  std::vector<std::uint8_t> piece(std::size_t{1} << 16);
  auto rest = file.bytes;
  const auto offset = [&] { return static_cast<std::int64_t>(file.bytes.size() - rest.size()); };
  while (true) {
    const auto given = static_cast<uInt>(std::min(rest.size(), std::size_t{1} << 30));
    stream->next_in = const_cast<Bytef*>(rest.data());  // zlib does not write to its input
    stream->avail_in = given;
    stream->next_out = piece.data();
    stream->avail_out = static_cast<uInt>(piece.size());
    const int code = inflate(stream, Z_NO_FLUSH);
    rest = rest.subspan(given - stream->avail_in);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      fail(file.path, offset(),
           std::string("the compressed data are damaged: ") + (stream->msg ? stream->msg : "unknown reason"));
    }
    const auto count = piece.size() - stream->avail_out;
    if (count > 0) take(std::span(piece).first(count));
    if (code == Z_STREAM_END) {
      if (rest.empty()) return;
      if (!is_gzip(rest))
        fail(file.path, offset(), std::to_string(rest.size()) + " extra bytes follow the compressed data");
      inflateReset(stream);
    } else if (count == 0 && rest.empty()) {
      fail(file.path, offset(), "the compressed data end too early");
    }
  }
}

}  // namespace hourglass::idx
