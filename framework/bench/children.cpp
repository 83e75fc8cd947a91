#include "bench/children.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/json.hpp"
#include "base/streams.hpp"
#include "base/subprocess.hpp"
#include "bench/clock.hpp"
#include "bench/precisions.hpp"
#include "bench/pytorch_scripts.hpp"
#include "bench/variables.hpp"
#include "compute/kernels/parallel.hpp"
#include "compute/ops/gemm_rate.hpp"

namespace hourglass::bench {
namespace {

using base::Json;
using compute::Precision;

constexpr const char* kCeiling = "ceiling";

/// Rows of a, inner size, columns of b: one large product, and layers of the networks.
struct Product {
  std::int64_t m, k, n;
};
constexpr Product kProducts[] = {{2048, 2048, 2048}, {256, 784, 1000}, {128, 784, 512}, {1000, 784, 1000}};
constexpr Product kSmallProduct = {128, 784, 128};
constexpr double kProductSeconds = 0.01;

/// Runs a command whose standard output is one JSON object.
std::optional<Json> json_of(const std::vector<std::string>& command) {
  const auto ended = base::run_subprocess({.command = command});
  if (ended.code != 0) return std::nullopt;
  try {
    auto json = Json::parse(ended.output);
    if (json.is_object()) return json;
  } catch (const base::JsonError&) {
    // Said by the caller, as of a command that failed.
  }
  return std::nullopt;
}

/// `--child` comes first, where main() looks for it.
std::vector<std::string> own_command(const std::string& what, Precision precision, const BenchSettings& settings) {
  std::vector<std::string> command = {std::filesystem::read_symlink("/proc/self/exe").string(),
                                      "bench",
                                      "--child",
                                      what,
                                      "--threads",
                                      std::to_string(settings.threads),
                                      "--precision",
                                      name_of(precision)};
  if (settings.operations) command.emplace_back("--operations");
  if (settings.quick) command.emplace_back("--quick");
  for (const auto& folder : settings.plugin_path) command.insert(command.end(), {"--plugin-path", folder});
  return command;
}

Json json_of(const train::Profile& profile) {
  return {{"data", profile.data},          {"noise", profile.noise}, {"forward", profile.forward},
          {"backward", profile.backward},  {"total", profile.total}, {"steps", profile.steps},
          {"optimizer", profile.optimizer}};
}

train::Profile profile_of(const Json& json) {
  return {.data = json.at("data").to_number(),
          .noise = json.at("noise").to_number(),
          .forward = json.at("forward").to_number(),
          .backward = json.at("backward").to_number(),
          .optimizer = json.at("optimizer").to_number(),
          .total = json.at("total").to_number(),
          .steps = json.at("steps").to_whole()};
}

Json json_of(const StepMeasurement& measurement) {
  Json json = {{"parameters", measurement.parameters},
               {"flops", measurement.flops},
               {"profile", json_of(measurement.profile)},
               {"operations", Json::array()},
               {"peak_mib", measurement.peak_mib}};
  for (const auto& cost : measurement.operations) {
    json["operations"].push_back(Json{{"name", cost.name},
                                      {"forward_seconds", cost.forward_seconds},
                                      {"backward_seconds", cost.backward_seconds},
                                      {"forward_flops", cost.forward_flops},
                                      {"backward_flops", cost.backward_flops}});
  }
  return json;
}

StepMeasurement measurement_of(const Json& json) {
  StepMeasurement measurement{.parameters = json.at("parameters").to_whole(),
                              .flops = json.at("flops").to_number(),
                              .profile = profile_of(json.at("profile")),
                              .operations = {},
                              .peak_mib = json.at("peak_mib").to_number()};
  for (const auto& cost : json.at("operations").elements()) {
    measurement.operations.push_back({.name = cost.at("name").to_text(),
                                      .forward_seconds = cost.at("forward_seconds").to_number(),
                                      .backward_seconds = cost.at("backward_seconds").to_number(),
                                      .forward_flops = cost.at("forward_flops").to_number(),
                                      .backward_flops = cost.at("backward_flops").to_number()});
  }
  return measurement;
}

std::vector<Product> products(const BenchSettings& settings) {
  std::vector<Product> products = {kSmallProduct};
  if (!settings.quick) products.insert(products.end(), std::begin(kProducts), std::end(kProducts));
  return products;
}

double product_seconds(const BenchSettings& settings) { return settings.quick ? 0 : kProductSeconds; }

Json ceiling(Precision precision, const BenchSettings& settings) {
  std::optional<double> best;
  for (const auto& [m, k, n] : products(settings)) {
    best = std::max(best, compute::gemm_rate(m, k, n, precision, product_seconds(settings)));
  }
  const auto clock = measure_clock();
  return {{"rate", best ? Json(*best) : Json()}, {"clock", clock ? Json(*clock) : Json()}};
}

/// Returns the command that runs a script with PyTorch on a number of threads, with nothing else of the environment
/// that would limit it.
std::vector<std::string> pytorch_command(const std::string& python, const std::string& script, int threads,
                                         bool passive) {
  std::vector<std::string> command = {"env"};
  for (const auto& variable : own_variables().cleared) {
    command.insert(command.end(), {"-u", variable.substr(0, variable.find('='))});
  }
  command.push_back(fmt::format("OMP_NUM_THREADS={}", threads));
  if (passive) command.emplace_back("OMP_WAIT_POLICY=passive");
  command.insert(command.end(), {python, "-c", script});
  return command;
}

std::optional<double> number_in(const Json& json, const char* key) {
  return json.at(key).is_number() ? std::optional(json.at(key).to_number()) : std::nullopt;
}

}  // namespace

std::string PyTorchSetting::name() const {
  return fmt::format("{} thread{}{}{}", threads, threads == 1 ? "" : "s", passive ? ", passive wait" : "",
                     precision == Precision::bf16 ? ", bf16" : "");
}

std::vector<PyTorchSetting> pytorch_settings(int threads, Precision precision) {
  std::vector<PyTorchSetting> settings;
  for (const auto format : {Precision::f32, Precision::bf16}) {
    if (format == Precision::bf16 && precision == Precision::f32) continue;
    settings.push_back({1, false, format});
    if (threads > 1) settings.insert(settings.end(), {{threads, false, format}, {threads, true, format}});
  }
  return settings;
}

std::optional<std::string> find_pytorch() {
  for (const std::string python : {"python3", "/usr/bin/python3"}) {
    try {
      const auto ended = base::run_subprocess(
          {.command = {python, "-c", "import importlib.util as u; print(u.find_spec('torch') is not None)"}});
      if (ended.code == 0 && ended.output == "True\n") return python;
    } catch (const base::UserError&) {
      // This program does not exist; try the next one.
    }
  }
  return std::nullopt;
}

std::optional<StepMeasurement> measure_ours(const BenchNetwork& network, Precision precision,
                                            const BenchSettings& settings) {
  const auto json = json_of(own_command(network.name, precision, settings));
  return json ? std::optional(measurement_of(*json)) : std::nullopt;
}

std::optional<PyTorchBest> measure_pytorch(const std::string& python, const BenchNetwork& network,
                                           const PyTorchSetting& setting, const BenchSettings& settings) {
  auto command = pytorch_command(python, pytorch_step(), setting.threads, setting.passive);
  command.insert(command.end(), {network.name.substr(0, network.name.find('/')), std::to_string(network.batch),
                                 std::to_string(settings.steps(network)), std::to_string(settings.repetitions()),
                                 name_of(setting.precision)});
  const auto json = json_of(command);
  if (!json) return std::nullopt;
  return PyTorchBest{.milliseconds = json->at("ms_per_step").to_number(),
                     .setting = setting.name(),
                     .peak_mib = json->at("peak_mib").to_number(),
                     .parameters = json->at("parameters").to_whole()};
}

std::optional<PyTorchProducts> measure_pytorch_products(const std::string& python, Precision precision,
                                                        const BenchSettings& settings) {
  // Threads that spin would be as fast on an idle machine, and many times slower on one where others compute.
  constexpr bool kPassive = true;
  auto command = pytorch_command(python, pytorch_products(), settings.threads, kPassive);
  command.insert(command.end(), {std::to_string(product_seconds(settings)), name_of(precision)});
  for (const auto& [m, k, n] : products(settings)) command.push_back(fmt::format("{},{},{}", m, k, n));
  const auto json = json_of(command);
  return json ? std::optional(products_of(*json)) : std::nullopt;
}

Ceiling measure_ceiling(Precision precision, const BenchSettings& settings) {
  const auto json = json_of(own_command(kCeiling, precision, settings));
  return json ? Ceiling{number_in(*json, "rate"), number_in(*json, "clock")} : Ceiling{};
}

int bench_child(const std::string& what, Precision precision, const BenchSettings& settings) {
  const auto& stop = base::stop_requested();
  compute::set_threads(settings.threads);
  if (what == kCeiling) {
    base::print("{}\n", ceiling(precision, settings).dump());
    return 0;
  }
  const auto network = networks_named({what}).at(0);
  const host::Registry registry(
      host::Registry::search_path({settings.plugin_path.begin(), settings.plugin_path.end()}));
  const auto measurement = measure_step(network, registry,
                                        {.precision = precision,
                                         .steps = settings.steps(network),
                                         .repetitions = settings.repetitions(),
                                         .operations = settings.operations},
                                        stop);
  if (!measurement) return 130;
  base::print("{}\n", json_of(*measurement).dump());
  return 0;
}

}  // namespace hourglass::bench
