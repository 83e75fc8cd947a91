// Tasks run one at a time, fail independently, and stop when the user stops the run.
#include "evaluate/evaluation.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>

#include "evaluate/evaluated.hpp"
#include "evaluate/stop.hpp"

using namespace hourglass;
using test::Evaluated;
using test::TaskOf;

namespace {

const Metric kOne{"one", Split::test, 1, "1", Direction::lower, "counted"};

}  // namespace

TEST_CASE("tasks: are listed in the file's order; the second of a plugin is numbered, and so are its pictures") {
  Evaluated run;
  std::vector<std::string> names;
  for (const auto& task : run.tasks()) {
    names.push_back(task.name);
    const auto result = run.run(task);
    CHECK(result.error.empty());
    CHECK(!result.metrics.empty());
  }
  CHECK(names == std::vector<std::string>{"linear_probe", "reconstruction", "reconstruction_2"});
  CHECK(std::filesystem::exists(run.folder / "reconstruction/reconstruction.png"));
  CHECK(std::filesystem::exists(run.folder / "reconstruction_2/reconstruction.png"));
}

TEST_CASE("tasks: an error names the task and its location in the file") {
  Evaluated run;
  std::ranges::fill(run.model.parameters(), std::numeric_limits<float>::quiet_NaN());
  const auto result = run.run(run.tasks().at(1));
  CAPTURE(result.error);
  CHECK(result.error.ends_with("experiment.toml:17:10: [[task]] reconstruction: metric 'mse' of test is not a number"));
  CHECK(result.metrics.empty());
}

TEST_CASE("tasks: a task that throws has no metrics, and the others run") {
  Evaluated run;
  const TaskOf failing("failing", [](TaskContext& context) {
    context.report.metric(kOne);
    throw std::runtime_error("nothing works");
  });
  const TaskOf odd("odd", [](TaskContext&) { throw 7; });
  const TaskOf counting("counting", [](TaskContext& context) { context.report.metric(kOne); });
  const auto failed = failing.run(run);
  CHECK(failed.error.ends_with("[[task]] failing: nothing works"));
  CHECK(failed.metrics.empty());
  CHECK(odd.run(run).error.ends_with("[[task]] odd: an object that is not a std::exception was thrown"));
  const auto counted = counting.run(run);
  CHECK(counted.error.empty());
  CHECK(counted.metrics.size() == 1);
}

TEST_CASE("tasks: random numbers depend on the plugin, not on the task's name in the experiment") {
  Evaluated run;
  float drawn = 0;
  const auto draw = [&](TaskContext& context) { drawn = context.rng.uniform(); };
  TaskOf("drawing", draw).run(run, "a");
  const auto first = drawn;
  TaskOf("other", draw).run(run, "a");
  CHECK(drawn != first);
  TaskOf("drawing", draw).run(run, "b");
  CHECK(drawn == first);
}

TEST_CASE("tasks: a request to stop ends a task at its next read, even if it swallows the exception, and starts none") {
  Evaluated run;
  bool read = false;
  const auto interrupted = [&](TaskContext& context) {
    run.stop = true;
    test::some(context.data.clean(Split::test), 0, 1);
    read = true;
  };
  CHECK_THROWS_AS(TaskOf("interrupted", interrupted).run(run), evaluate::Stopped);
  CHECK_FALSE(read);
  run.stop = false;
  const TaskOf swallowing("swallowing", [&](TaskContext& context) {
    try {
      interrupted(context);
    } catch (...) {
    }
  });
  CHECK_THROWS_AS(swallowing.run(run), evaluate::Stopped);
  bool started = false;
  const TaskOf next("next", [&](TaskContext&) { started = true; });
  CHECK_THROWS_AS(next.run(run), evaluate::Stopped);
  CHECK_FALSE(started);
}

TEST_CASE("tasks: noisy images, codes, maps and fits stop as well") {
  Evaluated run;
  test::Faces faces(run);
  std::vector<float> images(64), codes(3);
  const auto labels = faces.data.labels(Split::test);
  run.stop = true;
  CHECK_THROWS_AS(faces.data.noisy(Split::test).read(0, images), evaluate::Stopped);
  CHECK_THROWS_AS(faces.data.codes(Split::test), evaluate::Stopped);
  CHECK_THROWS_AS(faces.model.encode(images, codes, labels.first(1)), evaluate::Stopped);
  CHECK_THROWS_AS(faces.fit.classifier({}), evaluate::Stopped);
}

TEST_CASE("tasks: a stopped task can be run again") {
  Evaluated run;
  run.stop = true;
  CHECK_THROWS_AS(run.run(run.tasks().at(0)), evaluate::Stopped);
  run.stop = false;
  CHECK(run.run(run.tasks().at(0)).error.empty());
}

TEST_CASE("tasks: the linear probe is compared with the pixels, and notes that it has not converged") {
  for (const auto& [keys, notes] : {std::pair{"iterations = 10000\n", 0U}, std::pair{"iterations = 1\n", 2U}}) {
    CAPTURE(keys);
    Evaluated run(std::string(test::kEvaluated) + "[[task]]\nplugin = \"linear_probe\"\n" + keys);
    const auto outcome = run.run(run.tasks().at(3));
    REQUIRE(outcome.metrics.size() == 4);
    CHECK(outcome.notes.size() == notes);
    for (const std::size_t i : {0, 2}) {
      const auto& metric = outcome.metrics[i];
      CHECK(metric.baseline == (i == 0 ? "" : "pixels"));
      CHECK(metric.protocol.starts_with(i == 0 ? "logistic regression on the codes of 360 training images; "
                                               : "logistic regression on the pixels of 360 training images; "));
      CHECK((metric.protocol.find("; not converged in 1 steps") != std::string::npos) == (notes > 0));
    }
    if (notes == 0) continue;
    CHECK(outcome.notes[0] == "the classifier on codes has not converged in 1 steps; raise `iterations`");
  }
}
