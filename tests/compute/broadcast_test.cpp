// Arithmetic between tensors of different shapes.
#include "compute/cases.hpp"

namespace hourglass::compute::test {
namespace {

Node last_of(Node x, const ImageShape& shape) { return max_pool2d(image_of(x, shape), 1); }

Node parameter(Node x, std::vector<std::int64_t> dims) {
  return square(x.graph->parameter("other", "other", std::move(dims), {})) + 0.3;
}

// x (op) other and other (op) x for every operation, where `other` is a parameter, positive and away from zero.
void check_with_parameter(const std::function<Node(Node)>& body, const std::vector<std::int64_t>& dims) {
  const std::function<Node(Node, Node)> operations[] = {
      [](Node a, Node b) { return a + b; }, [](Node a, Node b) { return a - b; }, [](Node a, Node b) { return a * b; },
      [](Node a, Node b) { return a / b; }, [](Node a, Node b) { return b - a; }, [](Node a, Node b) { return b * a; }};
  bool differences = true;
  for (const auto& operation : operations) {
    check_body([&](Node x) { return flatten(operation(body(x), parameter(x, dims))); }, 1, differences);
    differences = false;
  }
}

TEST_CASE("broadcasting: parameters with fewer or shorter dimensions are broadcast, in both layouts") {
  for (const auto& image : {image_of, last_of}) {
    const auto body = [&](Node x) { return image(x, {3, 2, 5}); };
    for (const auto& dims :
         std::vector<std::vector<std::int64_t>>{{3, 1, 1}, {1, 2, 5}, {2, 5}, {5}, {3, 1, 5}, {3, 2, 1}, {1}, {}}) {
      CAPTURE(to_string(Shape{dims, false}));
      check_with_parameter(body, dims);
    }
  }
  check_with_parameter([](Node x) { return dense(x, 7); }, {1});
}

TEST_CASE("broadcasting: many channels are broadcast in both layouts") {
  for (const auto& image : {image_of, last_of}) {
    check_body([&](Node x) { return flatten(image(x, {40, 2, 3}) * parameter(x, {40, 1, 1})); }, 1, false);
    check_body([&](Node x) { return flatten(image(x, {40, 2, 3}) + parameter(x, {2, 1})); }, 1, false);
  }
}

TEST_CASE("broadcasting: batched tensors broadcast their dimensions within the sample") {
  for (const auto& image : {image_of, last_of}) {
    check_body([&](Node x) { return flatten(image(x, {3, 2, 5}) * sigmoid(reshape(dense(x, 3), {3, 1, 1}))); });
    check_body([&](Node x) { return flatten(image(x, {3, 2, 5}) - image(x, {1, 2, 5})); });
    check_body([&](Node x) { return flatten(image(x, {3, 1, 5}) * image(x, {3, 2, 1})); });
    check_body([&](Node x) { return flatten(image(x, {3, 2, 5}) + image_of(x, {3, 2, 5})); });
  }
  check_body([](Node x) { return x - dense(x, 1); });
  check_body([](Node x) { return reshape(dense(x, 1), {}) + x; });
}

TEST_CASE("broadcasting: parameters broadcast each other") {
  check_body([](Node x) {
    return x * reshape(parameter(x, {4, 1}) * x.graph->parameter("row", "row", {5}, {}), {20});
  });
}

TEST_CASE("broadcasting: tensors of four dimensions combine with images in channels_last") {
  check_body([](Node x) { return flatten(reshape(dense(x, 48), {2, 3, 2, 4}) * last_of(x, {3, 2, 4})); });
  check_body([](Node x) { return flatten(last_of(x, {3, 2, 4}) - reshape(dense(x, 24), {1, 3, 2, 4})); });
}

TEST_CASE("broadcasting: adds to existing gradients") {
  check_body([](Node x) {
    const Node h = last_of(x, {3, 2, 2});
    const Node gate = x.graph->parameter("gate", "gate", {3, 1, 1}, {});
    return flatten(h * gate + gate + h);
  });
}

TEST_CASE("broadcasting: dimensions that are neither equal nor 1 are refused") {
  check_refused([](Network& network) { network.image() * network.parameter("p", "p", {3}, {}); },
                "network.multiply_0: multiply expects two tensors whose dimensions, counted from the last and "
                "without the batch, are equal or 1, but got [N, 3, 6, 5] and [3]");
}

}  // namespace
}  // namespace hourglass::compute::test
