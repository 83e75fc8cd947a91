#include "train/checkpoint.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "host/data_access.hpp"
#include "host/error.hpp"
#include "host/files.hpp"

namespace hourglass::train {
namespace {

static_assert(std::endian::native == std::endian::little, "checkpoints are little-endian");

using Json = nlohmann::ordered_json;

constexpr std::string_view kMagic = "HGCKPT01";
constexpr std::size_t kHashDigits = 32;

Json describe(const Position& at) {
  Json json = {{"epoch", at.epoch},   {"batch", at.batch},       {"step", at.step},
               {"done", at.done},     {"loss_sum", at.loss_sum}, {"penalty_sums", at.penalty_sums},
               {"waited", at.waited}, {"schedule", at.schedule}};
  if (at.best) json["best"] = *at.best;
  return json;
}

Position position_of(const Json& json) {
  Position at;
  at.epoch = json.at("epoch");
  at.batch = json.at("batch");
  at.step = json.at("step");
  at.done = json.at("done");
  at.loss_sum = json.at("loss_sum");
  at.penalty_sums = json.at("penalty_sums").get<std::vector<double>>();
  at.waited = json.at("waited");
  at.schedule = json.at("schedule").get<std::vector<double>>();
  if (json.contains("best")) at.best = json["best"].get<double>();
  return at;
}

Json describe(const compute::Network& network) {
  Json list = Json::array();
  for (const auto& parameter : network.parameters()) {
    list.push_back({{"name", parameter.name}, {"shape", parameter.dims}, {"offset", parameter.offset}});
  }
  return list;
}

std::string_view bytes_of(std::span<const float> numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()};
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const compute::Network& network, const Checkpoint& checkpoint) {
  const Json header = {{"position", describe(checkpoint.position)},
                       {"parameters", describe(network)},
                       {"parameter_floats", checkpoint.parameters.size()},
                       {"optimizer_floats", checkpoint.optimizer.size()}};
  const auto text = header.dump();
  const std::uint64_t length = text.size();
  std::string file;
  file.reserve(kMagic.size() + sizeof length + text.size() + checkpoint.parameters.size_bytes() +
               checkpoint.optimizer.size_bytes() + kHashDigits);
  file += kMagic;
  file.append(reinterpret_cast<const char*>(&length), sizeof length);
  file += text;
  file += bytes_of(checkpoint.parameters);
  file += bytes_of(checkpoint.optimizer);
  file += host::hash_hex(file);
  host::write_file(path, std::string_view(file));
}

void load_checkpoint(const std::filesystem::path& path, const compute::Network& network, Checkpoint& checkpoint) {
  const std::string file = host::read_file(path);
  const auto damaged = [&](const std::string& what) {
    return host::UserError(fmt::format("{}: {}; start the run over with --fresh", path.string(), what));
  };
  std::uint64_t length = 0;
  const auto fixed = kMagic.size() + sizeof length;
  if (file.size() < fixed + kHashDigits || !file.starts_with(kMagic)) throw damaged("this is not a checkpoint");
  const auto body = std::string_view(file).substr(0, file.size() - kHashDigits);
  if (host::hash_hex(body) != std::string_view(file).substr(body.size()))
    throw damaged("the checkpoint is damaged: its hash differs");
  std::memcpy(&length, file.data() + kMagic.size(), sizeof length);
  if (length > body.size() - fixed) throw damaged("the checkpoint's header is longer than the file");

  const auto header = Json::parse(body.substr(fixed, length));
  if (header.at("parameters") != describe(network))
    throw damaged("the checkpoint is of a network with other parameters");
  const auto parameter_floats = header.at("parameter_floats").get<std::size_t>();
  const auto optimizer_floats = header.at("optimizer_floats").get<std::size_t>();
  const auto numbers = body.substr(fixed + length);
  if (numbers.size() != (parameter_floats + optimizer_floats) * sizeof(float) ||
      parameter_floats != checkpoint.parameters.size() ||
      (!checkpoint.optimizer.empty() && optimizer_floats != checkpoint.optimizer.size())) {
    throw damaged(fmt::format("the checkpoint holds {} parameters and {} optimiser numbers, the run needs {} and {}",
                              parameter_floats, optimizer_floats, checkpoint.parameters.size(),
                              checkpoint.optimizer.size()));
  }
  std::memcpy(checkpoint.parameters.data(), numbers.data(), checkpoint.parameters.size_bytes());
  if (!checkpoint.optimizer.empty()) {
    std::memcpy(checkpoint.optimizer.data(), numbers.data() + parameter_floats * sizeof(float),
                checkpoint.optimizer.size_bytes());
  }
  checkpoint.position = position_of(header.at("position"));
}

}  // namespace hourglass::train
