// What datasets get from the host: mapped files, the decode cache, and the record of what was read.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "hourglass/dataset.hpp"

namespace hourglass::host {

/// Opens files for one dataset and remembers their contents' hashes. Members may be called from several threads.
class HostData final : public DataAccess {
 public:
  HostData();

  std::filesystem::path directory() const override;
  MappedBytes map(const std::filesystem::path& file) override;
  MappedBytes decoded(const std::filesystem::path& file, std::string_view decoder,
                      const std::function<void(const MappedBytes&, const Write&)>& decode) override;
  std::unique_ptr<Rng> rng(std::uint64_t seed, Split split, std::int64_t index) override;

  /// Returns a hash (32 hexadecimal digits) of the contents of all files opened so far, independent of where they lie and
  /// of the order. Hashes of unchanged files (path, size, time of change) are remembered between processes.
  std::string content_hash() const;

  /// Returns the folder of fetched data: HOURGLASS_DATA_DIR, else XDG_DATA_HOME/hourglass, else ~/.local/share/hourglass.
  static std::filesystem::path data_directory();
  /// Returns the folder of caches: HOURGLASS_CACHE_DIR, else XDG_CACHE_HOME/hourglass, else ~/.cache/hourglass.
  static std::filesystem::path cache_directory();

 private:
  mutable std::mutex mutex_;
  std::map<std::filesystem::path, std::string> hashes_;
};

/// Returns the XXH3 128-bit hash of bytes as 32 hexadecimal digits.
std::string hash_hex(std::span<const std::uint8_t> bytes);
std::string hash_hex(std::string_view text);

}  // namespace hourglass::host
