// The plugin entry point. A plugin library exports one symbol, `hourglass_plugins`, which returns the list of its
// plugins.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hourglass/params.hpp"

namespace hourglass {

/// Changes when anything under framework/api/ changes layout or meaning.
inline constexpr int kApiVersion = 7;

/// Compiler and standard library. It must equal the host's, because C++ types cross the boundary.
#if defined(__clang__)
#define HOURGLASS_BUILD_STAMP "clang " __VERSION__
#else
#define HOURGLASS_BUILD_STAMP "gcc " __VERSION__
#endif

/// The common base of all plugin objects, so that one factory type serves all kinds.
class Component {
 public:
  Component() = default;
  Component(const Component&) = delete;
  Component& operator=(const Component&) = delete;
  virtual ~Component() = default;
};

/// Everything that the host knows about a plugin before it creates an object.
struct PluginInfo {
  std::string kind;  ///< "dataset", "noise", "architecture", "bottleneck" or "task": the table of the experiment file
  std::string name;  ///< as written in the experiment file: lower_snake_case, unique within its kind
  std::string summary;  ///< one sentence, shown by `plugins list` and `plugins describe`
  std::vector<ParamSpec> params;
  /// Creates the plugin's object; `values` are in the order of `params`. May throw std::exception.
  std::unique_ptr<Component> (*create)(const std::vector<Value>& values);
};

/// The return value of the entry point. The first two members are plain C, so that the host can refuse a library before
/// it touches any of its C++ types.
struct PluginLibrary {
  int api_version;
  const char* build_stamp;
  std::vector<PluginInfo> plugins;
};

/// Describes the plugin class `T`, which has `kKind` from its base class, a struct `Params`, a static
/// `declare(ParamTable&)` and a constructor from `Params`.
template <class T>
PluginInfo plugin(std::string name, std::string summary) {
  return {T::kKind, std::move(name), std::move(summary), params_of<T>().specs(),
          [](const std::vector<Value>& values) -> std::unique_ptr<Component> {
            return std::make_unique<T>(params_of<T>().bind(values));
          }};
}

}  // namespace hourglass

/// Exports the plugins of a library: `HOURGLASS_PLUGINS(hourglass::plugin<Gaussian>("gaussian", "..."))`; separate
/// several with commas. Use it once per library.
#define HOURGLASS_PLUGINS(...)                                                                                       \
  extern "C" __attribute__((visibility("default"))) const ::hourglass::PluginLibrary* hourglass_plugins() {          \
    static const ::hourglass::PluginLibrary library{::hourglass::kApiVersion, HOURGLASS_BUILD_STAMP, {__VA_ARGS__}}; \
    return &library;                                                                                                 \
  }
