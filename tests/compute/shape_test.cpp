// Operations that move, repeat or sum elements, in both layouts.
#include "compute/cases.hpp"

namespace hourglass::compute::test {
namespace {

// The image in channels_last, as a pooling step produces it.
Node last_shape(Node x, const ImageShape& shape) { return max_pool2d(image_of(x, shape), 1); }

TEST_CASE("concat: agrees with the reference along every axis, in both layouts") {
  check_body([](Node x) { return concat({dense(x, 3), dense(x, 1), dense(x, 5)}); });
  for (const auto& image : {image_of, last_shape}) {
    check_body([&](Node x) { return flatten(concat({image(x, {2, 3, 4}), image(x, {5, 3, 4})}, 0)); }, 1, false);
    check_body([&](Node x) { return flatten(concat({image(x, {3, 1, 4}), image(x, {3, 2, 4})}, 1)); });
    check_body([&](Node x) { return flatten(concat({image(x, {3, 2, 4}), image(x, {3, 2, 1})}, 2)); }, 1, false);
    check_body([&](Node x) { return flatten(concat({image(x, {1, 3, 4}), image(x, {1, 3, 4})}, 0)); });
    check_body([&](Node x) { return flatten(concat({image(x, {2, 3, 4}), image_of(x, {5, 3, 4})}, 0)); }, 1, false);
  }
}

TEST_CASE("concat: a tensor may occur twice, and be used elsewhere") {
  check_body([](Node x) {
    const Node h = dense(x, 4);
    return concat({h, h}) * concat({h, dense(h, 4)});
  });
}

TEST_CASE("concat: joins parameters") {
  check_body([](Node x) {
    Graph& graph = *x.graph;
    return x * concat({graph.parameter("a", "a", {13}, {}), graph.parameter("b", "b", {7}, {})});
  });
}

TEST_CASE("concat: tensors that do not fit are refused") {
  check_refused(
      [](Network& network) {
        concat({network.image(), network.labels()});
      },
      "network.concat_0: concat expects tensors that differ in axis 0 alone, all with a batch or all without one, "
      "but got [N, 3, 6, 5] and [N, 4]");
  check_refused(
      [](Network& network) {
        concat({network.labels(), network.parameter("p", "p", {4}, {})});
      },
      "network.concat_0: concat expects tensors that differ in axis 0 alone, all with a batch or all without one, "
      "but got [N, 4] and [4]");
  check_refused(
      [](Network& network) {
        concat({network.labels(), network.labels()}, 1);
      },
      "network.concat_0: concat expects an axis from 0 to 0 besides the batch, but got axis 1 for [N, 4] and [N, 4]");
}

TEST_CASE("slice: agrees with the reference along every axis, in both layouts") {
  check_body([](Node x) { return slice(x, 0, 3, 11); });
  for (const auto& image : {image_of, last_shape}) {
    check_body([&](Node x) { return flatten(slice(image(x, {5, 3, 4}), 0, 1, 4)); });
    check_body([&](Node x) { return flatten(slice(image(x, {5, 3, 4}), 1, 2, 3)); });
    check_body([&](Node x) { return flatten(slice(image(x, {5, 3, 4}), 2, 0, 2)); });
    check_body([&](Node x) { return flatten(slice(image(x, {5, 3, 4}), 0, 0, 5)); });
  }
}

TEST_CASE("slice: adds to an existing gradient") {
  check_body([](Node x) {
    const Node h = last_shape(x, {4, 2, 3});
    return flatten(concat({slice(h, 0, 2, 4) * slice(h, 0, 1, 3), h}));
  });
  check_body([](Node x) { return x + slice(x.graph->parameter("p", "p", {30}, {}), 0, 5, 25); });
}

TEST_CASE("slice: ranges outside the tensor are refused") {
  check_refused([](Network& network) { slice(network.labels(), 0, 2, 5); },
                "network.slice_0: slice expects 0 <= begin < end <= 4 on axis 0, but got [2, 5) for [N, 4]");
  check_refused([](Network& network) { slice(network.labels(), 0, 2, 2); },
                "network.slice_0: slice expects 0 <= begin < end <= 4 on axis 0, but got [2, 2) for [N, 4]");
  check_refused([](Network& network) { slice(network.image(), -1, 0, 1); },
                "network.slice_0: slice expects an axis from 0 to 2 besides the batch, but got axis -1 for [N, 3, 6, "
                "5]");
}

TEST_CASE("reduce: agrees with the reference over every choice of axes, in both layouts") {
  for (const auto& image : {image_of, last_shape}) {
    for (const auto& axes : std::vector<std::vector<int>>{{0}, {1}, {2}, {0, 1}, {0, 2}, {2, 1}, {0, 1, 2}}) {
      CAPTURE(axes.size());
      check_body([&](Node x) { return dense(flatten(reduce_sum(image(x, {5, 3, 4}), axes)), 3); });
      check_body([&](Node x) { return dense(flatten(reduce_mean(image(x, {2, 1, 19}), axes)), 3); }, 1, false);
    }
  }
  check_body([](Node x) { return flatten(reduce_sum(reshape(dense(x, 120), {2, 3, 4, 5}), {1, 3})); });
  check_body([](Node x) { return flatten(reduce_mean(reshape(dense(x, 120), {2, 3, 4, 5}), {2})); });
}

TEST_CASE("reduce: adds to an existing gradient") {
  check_body([](Node x) {
    const Node h = last_shape(x, {4, 3, 5});
    return concat({reduce_mean(h, {1, 2}), square(reduce_sum(h, {0, 2})), flatten(h)});
  });
}

TEST_CASE("reduce: the result of a parameter has no batch") {
  check_body([](Node x) { return x * reduce_mean(x.graph->parameter("p", "p", {20, 3}, {}), {1}); });
}

TEST_CASE("reduce: axes that do not exist or are repeated are refused") {
  check_refused(
      [](Network& network) {
        reduce_sum(network.image(), {0, 3});
      },
      "network.reduce_sum_0: reduce_sum expects an axis from 0 to 2 besides the batch, but got axis 3 for [N, 3, 6, "
      "5]");
  check_refused(
      [](Network& network) {
        reduce_mean(network.image(), {1, 1});
      },
      "network.reduce_mean_0: reduce_mean expects each axis at most once, but got axis 1 twice for [N, 3, 6, 5]");
  check_refused([](Network& network) { reduce_mean(network.image(), {}); },
                "network.reduce_mean_0: reduce_mean expects at least one axis, but got [N, 3, 6, 5]");
}

TEST_CASE("transpose: agrees with the reference in every order") {
  for (const auto& order :
       std::vector<std::vector<int>>{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}) {
    check_body([&](Node x) { return dense(flatten(transpose(image_of(x, {3, 4, 5}), order)), 3); }, 1, false);
  }
  check_body([](Node x) { return dense(flatten(transpose(reshape(x, {2, 2, 5, 1}), {2, 3, 0, 1})), 3); });
  check_body([](Node x) { return dense(flatten(transpose(last_shape(x, {3, 2, 4}), {1, 2, 0})), 3); });
  check_body([](Node x) { return transpose(x, {0}); });
}

TEST_CASE("transpose: adds to an existing gradient, and needs no batch") {
  check_body([](Node x) {
    const Node h = reshape(x, {4, 5});
    return flatten(transpose(h, {1, 0}) * transpose(h, {1, 0})) + x;
  });
  check_body([](Node x) { return dense(x, {transpose(x.graph->parameter("w", "w", {7, 20}, {}), {1, 0}), {}}); });
}

TEST_CASE("transpose: an order that omits or repeats a dimension is refused") {
  for (const auto& order : std::vector<std::vector<int>>{{0, 1}, {0, 1, 1}, {1, 2, 3}}) {
    check_refused([&](Network& network) { transpose(network.image(), order); },
                  "network.transpose_0: transpose expects an order that names each of the 3 dimensions besides the "
                  "batch once, counted from 0, but got [N, 3, 6, 5]");
  }
}

}  // namespace
}  // namespace hourglass::compute::test
