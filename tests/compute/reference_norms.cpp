// Operations that combine many elements: norms and softmax.
#include <cmath>

#include "compute/reference_terms.hpp"

namespace hourglass::compute::test {
namespace {

using Elements = std::vector<std::size_t>;

double mean_of(const Numbers& values, const Elements& elements) {
  double sum = 0;
  for (const std::size_t i : elements) sum += values[i];
  return sum / static_cast<double>(elements.size());
}

double deviation_of(const Numbers& values, const Elements& elements, double epsilon) {
  const double mean = mean_of(values, elements);
  double squares = 0;
  for (const std::size_t i : elements) squares += (values[i] - mean) * (values[i] - mean);
  return std::sqrt(squares / static_cast<double>(elements.size()) + epsilon);
}

/// The elements that are normalised together, and the scale and shift of each element of x.
struct Sets {
  std::vector<Elements> sets;
  Elements parameter;
};

template <class SetOf, class ParameterOf>
Sets sets_of(const Argument& x, std::int64_t batch, const SetOf& set_of, const ParameterOf& parameter_of) {
  Sets result;
  const auto size = static_cast<std::size_t>(x.shape.size());
  for (std::size_t i = 0; i < size * static_cast<std::size_t>(batch); ++i) {
    const std::size_t set = set_of(i / size, i % size);
    if (set >= result.sets.size()) result.sets.resize(set + 1);
    result.sets[set].push_back(i);
    result.parameter.push_back(parameter_of(i % size));
  }
  return result;
}

std::size_t channel_size(const Argument& x) { return static_cast<std::size_t>(x.shape.size() / x.shape.dims[0]); }

Sets sets(const op::BatchNorm&, std::int64_t batch, const Argument& x) {
  const auto channel = [&](std::size_t element) { return element / channel_size(x); };
  return sets_of(
      x, batch, [&](std::size_t, std::size_t element) { return channel(element); }, channel);
}

Sets sets(const op::LayerNorm&, std::int64_t batch, const Argument& x) {
  return sets_of(
      x, batch, [](std::size_t sample, std::size_t) { return sample; }, [](std::size_t element) { return element; });
}

Sets sets(const op::GroupNorm& norm, std::int64_t batch, const Argument& x) {
  const auto groups = static_cast<std::size_t>(norm.groups);
  const std::size_t group_size = static_cast<std::size_t>(x.shape.size()) / groups;
  return sets_of(
      x, batch, [&](std::size_t sample, std::size_t element) { return sample * groups + element / group_size; },
      [&](std::size_t element) { return element / channel_size(x); });
}

template <class Norm>
void normalise(const Norm& norm, std::int64_t batch, const std::vector<Argument>& x, Numbers& y) {
  const Numbers &values = *x[0].value, &scale = *x[1].value, &shift = *x[2].value;
  const Sets all = sets(norm, batch, x[0]);
  for (const Elements& set : all.sets) {
    const double mean = mean_of(values, set), deviation = deviation_of(values, set, norm.epsilon);
    for (const std::size_t i : set) {
      y[i] = (values[i] - mean) / deviation * scale[all.parameter[i]] + shift[all.parameter[i]];
    }
  }
}

template <class Norm>
void normalise_backward(const Norm& norm, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy) {
  const Numbers &values = *x[0].value, &scale = *x[1].value;
  const Sets all = sets(norm, batch, x[0]);
  for (const Elements& set : all.sets) {
    const double mean = mean_of(values, set), deviation = deviation_of(values, set, norm.epsilon);
    double gradients = 0, products = 0;
    for (const std::size_t i : set) {
      const double normal = (values[i] - mean) / deviation;
      (*x[1].gradient)[all.parameter[i]] += dy[i] * normal;
      (*x[2].gradient)[all.parameter[i]] += dy[i];
      gradients += dy[i] * scale[all.parameter[i]] / static_cast<double>(set.size());
      products += dy[i] * scale[all.parameter[i]] * normal / static_cast<double>(set.size());
    }
    for (const std::size_t i : set) {
      const double normal = (values[i] - mean) / deviation;
      (*x[0].gradient)[i] += (dy[i] * scale[all.parameter[i]] - gradients - normal * products) / deviation;
    }
  }
}

}  // namespace

void forward_of(const op::BatchNorm& o, std::int64_t batch, const std::vector<Argument>& x, Numbers& y) {
  normalise(o, batch, x, y);
}
void backward_of(const op::BatchNorm& o, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy) {
  normalise_backward(o, batch, x, dy);
}
void forward_of(const op::LayerNorm& o, std::int64_t batch, const std::vector<Argument>& x, Numbers& y) {
  normalise(o, batch, x, y);
}
void backward_of(const op::LayerNorm& o, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy) {
  normalise_backward(o, batch, x, dy);
}
void forward_of(const op::GroupNorm& o, std::int64_t batch, const std::vector<Argument>& x, Numbers& y) {
  normalise(o, batch, x, y);
}
void backward_of(const op::GroupNorm& o, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy) {
  normalise_backward(o, batch, x, dy);
}

void forward_of(const op::Softmax&, std::int64_t, const std::vector<Argument>& x, Numbers& y) {
  const auto width = static_cast<std::size_t>(x[0].shape.dims.back());
  for (std::size_t first = 0; first < y.size(); first += width) {
    double total = 0;
    for (std::size_t i = first; i < first + width; ++i) total += std::exp((*x[0].value)[i]);
    for (std::size_t i = first; i < first + width; ++i) y[i] = std::exp((*x[0].value)[i]) / total;
  }
}
void backward_of(const op::Softmax& o, std::int64_t batch, const std::vector<Argument>& x, const Numbers& dy) {
  const auto width = static_cast<std::size_t>(x[0].shape.dims.back());
  Numbers y(dy.size());
  forward_of(o, batch, x, y);
  for (std::size_t first = 0; first < y.size(); first += width) {
    for (std::size_t i = first; i < first + width; ++i) {
      for (std::size_t j = first; j < first + width; ++j) {
        (*x[0].gradient)[i] += dy[j] * y[j] * ((i == j ? 1.0 : 0.0) - y[i]);
      }
    }
  }
}

}  // namespace hourglass::compute::test
