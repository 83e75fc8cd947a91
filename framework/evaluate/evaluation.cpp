// Makes each task of an experiment and runs it.
#include "evaluate/evaluation.hpp"

#include <exception>
#include <memory>

#include "base/error.hpp"
#include "evaluate/context.hpp"
#include "evaluate/sparse_code.hpp"

namespace hourglass::evaluate {

std::vector<results::TaskMetric> run_tasks(const Subject& subject, const results::RunFolder& folder,
                                           const std::function<void(const std::string&)>& progress) {
  Context context(subject, folder);
  for (const auto* table : subject.config.all("task")) {
    const auto& plugin = *table->alternative;
    const auto& name = table->name;
    const auto suffix = name.starts_with(plugin.name) ? name.substr(plugin.name.size()) : "_" + name;
    if (progress) progress(name);
    try {
      const auto task = host::create<Task>(*plugin.plugin, table->values());
      context.begin_task(name, suffix);
      task->run(context);
    } catch (const base::UserError&) {
      throw;
    } catch (...) {
      throw base::UserError(experiment::place_text(table->culprit()) + ": [[task]] " + name + ": " +
                            base::current_exception_text());
    }
  }
  const auto& autoencoder = subject.autoencoder;
  if (autoencoder.sparse_code &&
      !needs(autoencoder, compute::Leaf::labels, autoencoder.image, autoencoder.reconstruction)) {
    context.begin_task("sparse_code", "");
    if (progress) progress("sparse_code");
    report_sparse_code(context);
  }
  return context.take_metrics();
}

}  // namespace hourglass::evaluate
