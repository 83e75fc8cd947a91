// The host's side of the graph that plugins describe: nodes with inferred shapes, parameters with a place in one
// buffer.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "hourglass/graph.hpp"

namespace hourglass::compute {

/// The most nodes of a network: many times those of the deepest networks in use, and compiled in about a second.
inline constexpr std::size_t kMostNodes = 65536;

/// Nodes that nothing computes. Parameters include state; the target is that of the objective.
enum class Leaf { none, image, labels, parameter, target };

/// One node, in topological order: inputs have smaller ids.
struct NodeRecord {
  Leaf leaf = Leaf::none;
  op::Operation operation;  ///< meaningful when `leaf` is none
  std::vector<int> inputs;
  Shape shape;
  std::string name;        ///< "encoder.dense_0", for errors and summaries
  int parameter = -1;      ///< index into parameters() when `leaf` is parameter
  std::int64_t draws = 1;  ///< rows of its batch per sample where repeat() repeats; of an unbatched node, of its inputs
};

struct ParameterRecord {
  std::string name;  ///< "encoder.dense_0.weight"
  std::vector<std::int64_t> dims;
  Init init;
  std::int64_t offset;  ///< of its first float in the model's buffer; every parameter starts on a 64-byte boundary
  std::int64_t size;
  int node;
  bool trained = true;            ///< false: state that operations update
  bool unit_rows = false;         ///< rows are kept at norm 1
  bool no_row_gradients = false;  ///< the gradient of each row has no component along the row
};

struct PenaltyRecord {
  std::string name;
  int node;
  PenaltyWeight weight;
  bool importance = false;  ///< the rest of an importance-weighted objective; `node` is the log ratio
};

/// A graph under construction, then a description that plans are compiled from. Not for several threads while building.
class Network final : public Graph {
 public:
  Network(ImageShape image, std::int64_t classes) : image_shape_(image), classes_(classes) {}

  Node image() override;
  Node target();  ///< [N, C, H, W]: the clean image; only penalties, in plans whose target is an image, may read it
  Node labels();  ///< [N, classes], one-hot; throws std::invalid_argument when there are no classes
  Node apply(op::OperationRef operation, std::vector<Node> inputs) override;
  Node parameter(std::string_view layer, std::string_view name, std::vector<std::int64_t> dims, Init init) override;
  Node state(std::string_view layer, std::string_view name, std::vector<std::int64_t> dims, Init init) override;
  void keep_unit_rows(Node parameter) override;
  void penalty(std::string_view name, Node x, PenaltyWeight weight) override;
  const Shape& shape(Node x) const override;
  double nat() const override { return nat_; }
  void importance_weighted(std::string_view name, Node log_ratio) override;
  void jacobian_penalty(std::string_view name, Node y, Node x, PenaltyWeight weight) override;
  void remove_row_gradients(Node parameter) override;

  /// Sets nat(), before anything is described.
  void set_nat(double nat) { nat_ = nat; }

  /// Names the part that is being described ("encoder", "bottleneck", "decoder"); layers are numbered within it.
  void begin_part(std::string name);
  /// Until the next part begins, a part is described once more: parameters are those that it has, as constants, and
  /// state is copied, so that it moves once. Constraints and penalties are ignored.
  void repeat_part(std::string name);

  const std::deque<NodeRecord>& nodes() const { return nodes_; }
  const std::vector<ParameterRecord>& parameters() const { return parameters_; }
  const std::vector<PenaltyRecord>& penalties() const { return penalties_; }
  /// Returns the index of the penalty that importance_weighted() added, or -1.
  int importance() const;
  ImageShape image_shape() const { return image_shape_; }
  std::int64_t classes() const { return classes_; }

  /// Names the parts that have been begun, in order.
  const std::vector<std::string>& parts() const { return parts_; }
  /// Returns whether a parameter starts as the mean image of the training data.
  bool starts_at_mean_image() const;
  /// Marks the parameters of the named parts, by index. Throws std::invalid_argument, with the parts that there are,
  /// for a name that is none of them.
  std::vector<bool> parameters_of(std::span<const std::string> parts) const;

  /// Marks the nodes that computing `outputs` takes, by id, where the nodes of `feeds` are given and so take nothing.
  std::vector<bool> needed_for(std::span<const Node> outputs, std::span<const Node> feeds = {}) const;

  std::int64_t parameter_count() const;  ///< trained numbers, without padding
  std::int64_t buffer_size() const;      ///< floats in the model's buffer, padding included

 private:
  Node leaf(Leaf kind, const std::string& name, const Shape& shape);
  Node append(NodeRecord record);
  Node tensor(std::string_view layer, std::string_view name, std::vector<std::int64_t> dims, Init init, bool trained);
  const NodeRecord& record(Node x) const;
  /// Throws std::invalid_argument, which says `what`, for a node other than a parameter with rows.
  ParameterRecord& rows_of(Node parameter, const std::string& what);
  /// Repeats the inputs of `name` that are not, if others are. Throws std::invalid_argument if the numbers differ.
  std::int64_t align_draws(const std::string& name, std::vector<Node>& inputs);
  void add_penalty(std::string_view name, Node x, PenaltyWeight weight, bool importance);
  /// Throws std::invalid_argument if a tensor of `dims` cannot start as `init` says.
  void check_init(const std::string& name, const std::vector<std::int64_t>& dims, const Init& init) const;

  /// The layer of a name that was made last.
  struct LatestLayer {
    int index = 0;
    std::set<std::string> tensors = {};  ///< names of its tensors: "weight", "bias"
  };

  ImageShape image_shape_;
  std::int64_t classes_;
  double nat_ = 1;
  std::deque<NodeRecord> nodes_;  // plugins hold references to shapes while they add nodes
  std::vector<ParameterRecord> parameters_;
  std::vector<PenaltyRecord> penalties_;
  std::map<std::string, int> namesakes_;              ///< nodes by the stem of their names, "encoder.add_"
  std::map<std::string, LatestLayer> latest_layers_;  ///< by the stem of their names, "encoder.dense_"
  std::string part_ = "network";
  bool repeats_ = false;  ///< repeat_part()
  std::vector<std::string> parts_;
};

}  // namespace hourglass::compute
