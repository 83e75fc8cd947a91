#include "subject/checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fstream>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "host/data_access.hpp"

namespace hourglass::subject {
namespace {

static_assert(std::endian::native == std::endian::little, "checkpoints are little-endian");

using base::Json;

/// The signature of a checkpoint. The digits change if an older program would misread new files or this program would
/// misread older ones.
constexpr std::string_view kLetters = "HGCKPT", kFormat = "04";
constexpr std::size_t kOpening = kLetters.size() + kFormat.size();
constexpr std::size_t kFixed = kOpening + sizeof(std::uint64_t);  ///< with the length of the header
constexpr std::size_t kHashDigits = 32;

Json describe(const Position& at) {
  Json json = {{"phase", at.phase},
               {"epoch", at.epoch},
               {"batch", at.batch},
               {"step", at.step},
               {"done", at.done},
               {"loss_sum", at.loss_sum},
               {"objective_sum", at.objective_sum},
               {"penalty_sums", at.penalty_sums},
               {"waited", at.waited},
               {"schedule", at.schedule}};
  if (at.best) json["best"] = *at.best;
  return json;
}

Position position_of(const Json& json) {
  Position at;
  at.phase = json.at("phase").to_whole();
  at.epoch = json.at("epoch").to_whole();
  at.batch = json.at("batch").to_whole();
  at.step = json.at("step").to_whole();
  at.done = json.at("done").to_bool();
  at.loss_sum = json.at("loss_sum").to_number();
  at.objective_sum = json.at("objective_sum").to_number();
  at.penalty_sums = json.at("penalty_sums").to_numbers();
  at.waited = json.at("waited").to_whole();
  at.schedule = json.at("schedule").to_numbers();
  if (json.contains("best")) at.best = json.at("best").to_number();
  return at;
}

Json describe(const compute::Network& network) {
  Json list = Json::array();
  for (const auto& parameter : network.parameters()) {
    list.push_back(Json{{"name", parameter.name}, {"shape", parameter.dims}, {"offset", parameter.offset}});
  }
  return list;
}

/// One array of numbers in the file.
struct Section {
  const char* name;  ///< the header's key for its length
  std::span<float> numbers;
};

/// Returns the sections in the file's order.
std::array<Section, 3> sections_of(const Checkpoint& checkpoint) {
  return {Section{"parameter_floats", checkpoint.parameters}, Section{"optimizer_floats", checkpoint.optimizer},
          Section{"raw_floats", checkpoint.raw}};
}

/// The parts of a checkpoint file whose frame has been checked.
struct File {
  Json header;
  std::string_view numbers;
};

/// Reads the length of the header from the first bytes of a file. Returns what is wrong with them, or "".
std::string read_opening(std::string_view file, std::uint64_t& length) {
  if (!file.starts_with(kLetters) || file.size() < kOpening) return "this is not a checkpoint";
  const auto format = file.substr(kLetters.size(), kFormat.size());
  if (format != kFormat && std::ranges::all_of(format, [](char c) { return c >= '0' && c <= '9'; }))
    return fmt::format("this program reads checkpoint format {}, but the checkpoint has format {}", kFormat, format);
  if (format != kFormat || file.size() < kFixed) return "this is not a checkpoint";
  std::memcpy(&length, file.data() + kOpening, sizeof length);
  return "";
}

/// Checks the frame of a checkpoint file and splits it into its parts. Returns what is wrong, or "".
std::string open(std::string_view file, File& opened) {
  std::uint64_t length = 0;
  if (const auto fault = read_opening(file, length); !fault.empty()) return fault;
  if (file.size() < kFixed + kHashDigits) return "this is not a checkpoint";
  const auto body = file.substr(0, file.size() - kHashDigits);
  if (base::hash_hex(body) != file.substr(body.size())) return "the checkpoint is damaged: its hash does not match";
  if (length > body.size() - kFixed) return "the checkpoint's header is longer than the file";
  opened.header = Json::parse(body.substr(kFixed, length));
  opened.numbers = body.substr(kFixed + length);
  return "";
}

/// Copies the numbers to the checkpoint's spans. Returns what is wrong with their counts, or "".
std::string take(const File& file, const Checkpoint& checkpoint) {
  const auto sections = sections_of(checkpoint);
  std::size_t sum = 0;
  for (const auto& [name, numbers] : sections) {
    const auto held = static_cast<std::size_t>(file.header.at(name).to_whole());
    sum += held;
    if (!numbers.empty() && numbers.size() != held)
      return fmt::format("expected {} = {}, but the checkpoint has {}", name, numbers.size(), held);
  }
  if (file.numbers.size() != sum * sizeof(float))
    return fmt::format("the header states {} bytes of numbers, but the checkpoint has {}", sum * sizeof(float),
                       file.numbers.size());
  std::size_t begin = 0;
  for (const auto& [name, numbers] : sections) {
    if (!numbers.empty()) std::memcpy(numbers.data(), file.numbers.data() + begin, numbers.size_bytes());
    begin += static_cast<std::size_t>(file.header.at(name).to_whole()) * sizeof(float);
  }
  return "";
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const compute::Network& network, const Checkpoint& checkpoint) {
  const auto sections = sections_of(checkpoint);
  Json header = {
      {"cell", checkpoint.cell}, {"position", describe(checkpoint.position)}, {"parameters", describe(network)}};
  if (!checkpoint.epochs.empty()) header["epochs"] = Json::Array(checkpoint.epochs.begin(), checkpoint.epochs.end());
  std::size_t bytes = 0;
  for (const auto& [name, numbers] : sections) {
    header[name] = numbers.size();
    bytes += numbers.size_bytes();
  }
  const auto text = header.dump();
  const std::uint64_t length = text.size();
  std::string file;
  file.reserve(kOpening + sizeof length + text.size() + bytes + kHashDigits);
  file += kLetters;
  file += kFormat;
  file.append(reinterpret_cast<const char*>(&length), sizeof length);
  file += text;
  for (const auto& section : sections)
    file.append(reinterpret_cast<const char*>(section.numbers.data()), section.numbers.size_bytes());
  file += base::hash_hex(file);
  base::write_file(path, std::string_view(file));
}

void load_checkpoint(const std::filesystem::path& path, const compute::Network& network, Checkpoint& checkpoint) {
  const auto refuse = [&](const std::string& what) {
    throw base::UserError(fmt::format("{}: {}", path.string(), what));
  };
  const auto existing = base::read_existing(path);
  if (!existing) refuse("the checkpoint is missing");
  const auto& text = *existing;
  File file;
  if (const auto fault = open(text, file); !fault.empty()) refuse(fault);
  try {
    const auto cell = file.header.at("cell").to_text();
    if (!checkpoint.cell.empty() && cell != checkpoint.cell)
      refuse(fmt::format("expected a checkpoint of run {}, but got one of run {}", checkpoint.cell, cell));
    if (file.header.at("parameters") != describe(network))
      refuse("the checkpoint has the parameters of another network");
    if (const auto fault = take(file, checkpoint); !fault.empty()) refuse(fault);
    checkpoint.cell = cell;
    checkpoint.position = position_of(file.header.at("position"));
    checkpoint.epochs.clear();
    if (file.header.contains("epochs")) {
      for (const auto& epoch : file.header.at("epochs").elements()) checkpoint.epochs.push_back(epoch.to_numbers());
    }
  } catch (const base::JsonError& error) {
    refuse(fmt::format("the checkpoint's header cannot be read: {}", error.what()));
  }
}

std::string frame_fault(const std::filesystem::path& path) {
  std::error_code missing;
  const auto size = std::filesystem::file_size(path, missing);
  if (missing) return path.string() + ": the checkpoint is missing";
  std::ifstream file(path, std::ios::binary);
  std::string text(kFixed, '\0');
  file.read(text.data(), static_cast<std::streamsize>(kFixed));
  text.resize(static_cast<std::size_t>(file.gcount()));
  std::uint64_t length = 0;
  if (const auto fault = read_opening(text, length); !fault.empty()) return path.string() + ": " + fault;
  text.resize(std::min<std::uint64_t>(length, size));
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  try {
    const auto header = Json::parse(text);
    std::size_t numbers = 0;
    for (const auto& section : sections_of({})) numbers += static_cast<std::size_t>(header.at(section.name).to_whole());
    if (size == kFixed + length + numbers * sizeof(float) + kHashDigits) return "";
  } catch (const base::JsonError&) {  // its header is damaged
  }
  return path.string() + ": the checkpoint is damaged";
}

}  // namespace hourglass::subject
