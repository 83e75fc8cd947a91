#include "experiment/config.hpp"

#include <algorithm>
#include <stdexcept>

#include "experiment/document.hpp"
#include "experiment/schema_lookup.hpp"

namespace hourglass::experiment {
namespace {

std::vector<Value> values_of(const std::vector<Setting>& settings) {
  std::vector<Value> values;
  for (const auto& setting : settings) values.push_back(setting.value);
  return values;
}

bool begins_with_word(std::string_view text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  return text.size() == word.size() || std::string_view(" ,:;'").find(text[word.size()]) != std::string_view::npos;
}

}  // namespace

const Origin& Section::culprit() const {
  for (const auto kind : {Origin::Kind::override, Origin::Kind::file, Origin::Kind::sweep}) {
    if (origin.kind == kind) return origin;
    for (const auto* list : {&settings, &common}) {
      const auto found = std::ranges::find(*list, kind, [](const Setting& setting) { return setting.origin.kind; });
      if (found != list->end()) return found->origin;
    }
  }
  return origin;
}

const Origin* Section::named_in(std::string_view message) const {
  if (const auto lead = alternative->name + ": "; message.starts_with(lead)) message.remove_prefix(lead.size());
  const auto has = [&](const std::string& text) { return message.find(text) != std::string_view::npos; };
  const Setting* named = nullptr;
  int count = 0;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const auto& spec = alternative->params[i];
    if (settings[i].origin.kind == Origin::Kind::default_value) continue;
    if (begins_with_word(message, spec.name)) return &settings[i].origin;
    const auto* path = spec.is_path ? std::get_if<std::string>(&settings[i].value) : nullptr;
    const bool names =
        has("'" + spec.name + "'") || has(" " + spec.name + " = ") || (path && !path->empty() && has(*path));
    if (!names) continue;
    ++count;
    named = &settings[i];
  }
  return count == 1 ? &named->origin : nullptr;
}

const Origin& Section::culprit(std::string_view message) const {
  const auto* named = named_in(message);
  return named ? *named : culprit();
}

const Origin& origin_of(const Section& section, std::string_view key) {
  const auto& specs = section.alternative->params;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].name == key) return section.settings[i].origin;
  }
  return section.origin;
}

std::vector<Value> Section::values() const { return values_of(settings); }
std::vector<Value> Section::common_values() const { return values_of(common); }

const Section& Config::table(std::string_view path) const {
  const auto found = std::ranges::find(tables, path, &Section::path);
  if (found == tables.end()) throw std::logic_error("no table [" + std::string(path) + "] in the schema");
  return *found;
}

bool Config::is_active(std::string_view path) const {
  const TableSchema* declared = find_table(*schema_, path);
  return !declared->default_is_idle || table(path).alternative->name != declared->default_alternative;
}

std::vector<const Section*> Config::all(std::string_view path) const {
  std::vector<const Section*> found;
  for (const auto& table : tables) {
    if (table.path == path) found.push_back(&table);
  }
  return found;
}

}  // namespace hourglass::experiment
