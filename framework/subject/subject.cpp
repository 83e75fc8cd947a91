#include "subject/subject.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/error.hpp"
#include "subject/memory.hpp"
#include "subject/setting_conflicts.hpp"

namespace hourglass::subject {

Subject::Subject(experiment::Config config_, std::uint64_t seed_)
    : Subject(config_, seed_, std::make_shared<const Data>(config_)) {}

Subject::Subject(experiment::Config config_, std::uint64_t seed_, std::shared_ptr<const Data> opened_)
    : config(std::move(config_)),
      seed(seed_),
      settings(config.as<TrainSettings>("train")),
      opened(std::move(opened_)),
      data(*opened),
      noise(config.create<Noise>(Noise::kKind)),
      autoencoder(assemble(config, data.shape(), data.classes())) {
  const auto& table = config.table(Noise::kKind);
  try {
    noise->check(data.shape());
  } catch (...) {
    throw base::UserError(fmt::format("{}: [noise] {}: {}", experiment::place_text(table.origin),
                                      table.alternative->name, base::current_exception_text()));
  }
}

experiment::Facts Subject::facts() const {
  const auto validation = data.split(Split::validation).size();
  const bool own = data.has_validation(), tests = data.has_test();
  return {
      {"validation_images",
       {validation, "train.validation", validation > 0 ? "with validation images" : "without validation images"}},
      {"dataset_validates",
       {own, "dataset.plugin",
        own ? "with a dataset that has validation images of its own" : "without a validation split"}},
      {"dataset_tests",
       {tests, "dataset.plugin", tests ? "with a dataset that has test images of its own" : "without a test split"}}};
}

void check(const Subject& subject) {
  check_memory(subject.config, *subject.autoencoder.network);
  check_range(subject.config, subject.data.range(), *subject.noise);
  check_settings(subject.config, *subject.autoencoder.network, subject.data.split(Split::train).size(),
                 subject.autoencoder.layers.size());
}

}  // namespace hourglass::subject
