// Makes each task and runs it.
#include "evaluate/evaluation.hpp"

#include "base/error.hpp"
#include "evaluate/context.hpp"
#include "evaluate/sparse_code.hpp"

namespace hourglass::evaluate {

bool measures_sparse_code(const subject::Autoencoder& autoencoder) {
  return autoencoder.sparse_code &&
         !needs(autoencoder, compute::Leaf::labels, autoencoder.image, autoencoder.reconstruction);
}

Evaluation::Evaluation(const Subject& subject) : context_(std::make_unique<Context>(subject)) {}
Evaluation::~Evaluation() = default;

TaskOutcome Evaluation::run(const experiment::Section* task, const std::string& name,
                            const std::filesystem::path& folder) {
  try {
    // Random numbers depend on what a task is, not on what the experiment calls it.
    context_->begin_task(task == nullptr ? name : task->alternative->name, folder);
    if (task == nullptr) {
      report_sparse_code(*context_);
    } else {
      host::create<Task>(*task->alternative->plugin, task->values())->run(*context_);
    }
    return {context_->take_metrics(), ""};
  } catch (...) {
    return {{}, base::current_exception_text()};
  }
}

}  // namespace hourglass::evaluate
