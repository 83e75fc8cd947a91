// Images of two values, for models of binary pixels.
#pragma once

#include <memory>

#include "hourglass/dataset.hpp"

namespace hourglass::idx {

/// How grey pixels become 0 or 1.
enum class Binarise { none, threshold, bernoulli };

/// Returns the images of `samples` with binary pixels: 1 from 0.5 on, or drawn once, with the grey value as the
/// probability of 1 (Salakhutdinov & Murray 2008). The draws of an image depend on `seed`, `split` and its index alone.
/// `data` must outlive the result.
std::unique_ptr<Samples> binarised(std::unique_ptr<Samples> samples, Binarise how, std::int64_t seed, Split split,
                                   DataAccess& data);

/// Declares the members `binarise` and `binarise_seed` of `Params`.
template <class Params>
void declare_binarise(ParamTable<Params>& table) {
  table
      .add("binarise", &Params::binarise,
           {{"none", Binarise::none}, {"threshold", Binarise::threshold}, {"bernoulli", Binarise::bernoulli}},
           "how grey pixels of all splits become 0 or 1: 1 from 0.5 on (threshold), or drawn once, with the grey value "
           "as the probability of 1 (bernoulli), so that each image is the same whenever it is read")
      .add("binarise_seed", &Params::binarise_seed, {0, 4294967295.0}, "seed of the drawn pixels, whatever the run's")
      .acts_if({{"binarise", Condition::Is::equal, std::string("bernoulli")}});
}

}  // namespace hourglass::idx
