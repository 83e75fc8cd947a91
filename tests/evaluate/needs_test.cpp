// Every need that cannot be met is refused with the values and the nearest fix.
#include "evaluate/needs.hpp"

#include <doctest/doctest.h>

#include "evaluate/evaluated.hpp"
#include "hourglass/layers.hpp"

using namespace hourglass;
using test::Evaluated;

namespace {

struct Needing final : Task {
  explicit Needing(Needs needed) : needed(needed) {}
  Needs needs() const override { return needed; }
  void run(TaskContext&) const override {}
  Needs needed;
};

using Reasons = std::vector<std::string>;

Reasons unmet(const Evaluated& run, Needs needed) { return evaluate::unmet_needs(Needing(needed), run.subject); }

Evaluated skipping() {
  return {test::resolve_experiment(test::kEvaluated), [](const subject::Data& data) {
            subject::Autoencoder made;
            made.name = "architecture unet and bottleneck dense";
            made.network = std::make_unique<compute::Network>(data.shape(), data.classes());
            made.image = made.network->image();
            const Node pixels = flatten(made.image);
            made.code = made.decoded = made.decoder_input = dense(pixels, 2);
            made.reconstruction = to_image(dense(concat({made.code, pixels}), data.shape().size()), data.shape());
            return made;
          }};
}

}  // namespace

TEST_CASE("needs: a task that needs nothing, or what is there, is not refused") {
  const Evaluated run;
  CHECK(unmet(run, {}).empty());
  CHECK(unmet(run, {.labels = true, .decoder = true, .label_budget = 360}).empty());
}

TEST_CASE("needs: more labels than train has") {
  const Evaluated run;
  CHECK(unmet(run, {.label_budget = 361}) ==
        Reasons{"needs 361 labelled training images, and dataset shapes has 360 after validation is taken from train; "
                "ask for at most 360"});
}

TEST_CASE("needs: a decoder that runs from a code alone") {
  const auto run = skipping();
  CHECK(unmet(run, {}).empty());
  CHECK(unmet(run, {.decoder = true}) ==
        Reasons{"needs a decoder that runs from a code alone, and that of architecture unet and bottleneck dense reads "
                "the image as well; remove the task or choose an architecture without skip connections"});
}

TEST_CASE("needs: an encoder that does not read labels") {
  const Evaluated run(test::resolve_experiment(test::kEvaluated), [](const subject::Data& data) {
    subject::Autoencoder made;
    made.name = "architecture conditional and bottleneck dense";
    made.network = std::make_unique<compute::Network>(data.shape(), data.classes());
    made.image = made.network->image();
    const Node both = concat({flatten(made.image), made.network->labels()});
    made.code = made.decoded = made.decoder_input = dense(both, 2);
    made.reconstruction = to_image(dense(made.code, data.shape().size()), data.shape());
    return made;
  });
  CHECK(unmet(run, {.labels = true}).empty());
  CHECK(unmet(run, {.label_free_encoder = true}) ==
        Reasons{"needs an encoder that does not read labels, and that of architecture conditional and bottleneck dense "
                "does; remove the task or choose another architecture or bottleneck"});
}

TEST_CASE("needs: a prior and a likelihood") {
  const Evaluated run;
  CHECK(unmet(run, {.prior = true}) ==
        Reasons{"needs a prior to draw codes from, and architecture mlp and bottleneck dense have no prior; remove the "
                "task or choose a bottleneck with a prior"});
  CHECK(unmet(run, {.density = true}) ==
        Reasons{"needs the likelihood of images, and architecture mlp and bottleneck dense state no density of a "
                "prior; remove the task or choose a bottleneck that draws codes and states their densities"});
}

TEST_CASE("needs: all that are not met are reported at once") {
  CHECK(unmet(skipping(), {.decoder = true, .label_budget = 1000}).size() == 2);
}
