// Every unmet need is refused with the values and the nearest fix.
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

TEST_CASE("needs: a task whose needs are met is not refused") {
  const Evaluated run;
  CHECK(unmet(run, {}).empty());
  CHECK(unmet(run, {.labels = true, .decoder = true, .label_budget = 360}).empty());
}

TEST_CASE("needs: more labels than train has are refused") {
  const Evaluated run;
  CHECK(unmet(run, {.label_budget = 361}) ==
        Reasons{"needs 361 labelled training images, but dataset shapes has 360 after validation is split off; "
                "request at most 360"});
}

TEST_CASE("needs: a decoder that reads the image is refused if a code alone must be decoded") {
  const auto run = skipping();
  CHECK(unmet(run, {}).empty());
  CHECK(unmet(run, {.decoder = true}) ==
        Reasons{"needs a decoder that runs from a code alone, but that of architecture unet and bottleneck dense also "
                "reads the image; remove the task or choose an architecture without skip connections"});
}

TEST_CASE("needs: an encoder that reads labels is refused") {
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
        Reasons{"needs an encoder that does not read labels, but that of architecture conditional and bottleneck dense "
                "does; remove the task or choose another architecture or bottleneck"});
}

TEST_CASE("needs: models without a prior or a likelihood are refused") {
  const Evaluated run;
  CHECK(
      unmet(run, {.prior = true}) ==
      Reasons{"needs a prior to sample codes from, but architecture mlp and bottleneck dense have no prior; remove the "
              "task or choose a bottleneck with a prior"});
  CHECK(unmet(run, {.density = true}) ==
        Reasons{"needs the likelihood of images, but architecture mlp and bottleneck dense state no prior "
                "density; remove the task or choose a bottleneck that samples codes and states their densities"});
}

TEST_CASE("needs: all unmet needs are reported at once") {
  CHECK(unmet(skipping(), {.decoder = true, .label_budget = 1000}).size() == 2);
}

TEST_CASE("needs: a task that needs noise is refused without a noise model") {
  CHECK(unmet(Evaluated(), {.noise = true}).empty());
  std::string text = test::kEvaluated;
  text.replace(text.find("gaussian"), 8, "none");
  CHECK(
      unmet(Evaluated(text), {.noise = true}) ==
      Reasons{"needs noise, but the experiment has none; remove the task or choose a noise model, as in [noise] plugin "
              "= \"gaussian\""});
}

TEST_CASE("needs: a task that cannot state its needs is refused") {
  struct Throwing final : Task {
    Needs needs() const override { throw std::runtime_error("the list is empty"); }
    void run(TaskContext&) const override {}
  };
  const Evaluated run;
  CHECK(evaluate::unmet_needs(Throwing(), run.subject) ==
        Reasons{"cannot state its needs: the list is empty; correct needs() in the plugin"});
}
