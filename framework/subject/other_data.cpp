#include "subject/other_data.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/error.hpp"
#include "base/guest_code.hpp"
#include "host/create_plugin.hpp"
#include "subject/sample_faults.hpp"

namespace hourglass::subject {
namespace {

/// Returns why `samples` cannot be images of a run on `data`, or "".
std::string mismatch(const Samples& samples, const Data& data) {
  if (samples.shape() != data.shape()) {
    return fmt::format("has images of {}, but those of the run's dataset are {}; choose a dataset with such images",
                       to_string(samples.shape()), to_string(data.shape()));
  }
  const auto own = samples.range(), wanted = data.part(Split::train).samples->range();
  if (wanted.bounded() && own != wanted) {
    return fmt::format(
        "has values in [{:g}, {:g}], but those of the run's dataset are in [{:g}, {:g}]; bring them to "
        "the same range",
        own.min, own.max, wanted.min, wanted.max);
  }
  if (samples.size() < 1) return "has no images; this is an error in the plugin or its data";
  const auto fault = value_fault(samples);
  return fault.empty() ? "" : fault + "; this is an error in the plugin or its data";
}

}  // namespace

OtherData::OtherData(std::shared_ptr<const Dataset> dataset, const Data& data) : dataset_(std::move(dataset)) {
  try {
    const base::GuestCode guest("opening a dataset that a task names");
    samples_ = dataset_->open(Split::test, access_);
    part_.noise = Split::test;
    if (!samples_) {
      samples_ = dataset_->open(Split::train, access_);
      part_.noise = Split::train;
    }
    access_.finish_opening();
    if (!samples_) throw base::UserError("has neither test nor training images; this is a bug in the plugin");
    if (const auto fault = mismatch(*samples_, data); !fault.empty()) throw base::UserError(fault);
  } catch (...) {
    throw base::UserError(base::current_exception_text());
  }
  part_.samples = samples_.get();
  part_.size = samples_->size();
  part_.range = data.range();
  if (!data.normalisation().is_identity()) part_.normalisation = &data.normalisation();
}

std::string other_data_identity(const PluginInfo& plugin, const std::vector<Value>& values, const Data& data) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto* choices = std::get_if<std::vector<PluginChoice>>(&values[i]);
    if (!choices || plugin.params[i].plugin_kind != Dataset::kKind) continue;
    for (const auto& choice : *choices) {
      try {
        const OtherData other(host::create<Dataset>(*choice.info, choice.values), data);
        text += "data " + other.content_hash() + "\n";
      } catch (const base::UserError& error) {
        throw base::UserError(fmt::format("'{}' {}: {}", plugin.params[i].name, choice.info->name, error.what()));
      }
    }
  }
  return text;
}

}  // namespace hourglass::subject
