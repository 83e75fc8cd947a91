// Learning-rate schedules against their formulas.
#include "subject/schedule.hpp"

#include <doctest/doctest.h>

using namespace hourglass;
using namespace hourglass::subject;

namespace {

const std::vector<Value> kNoWarmup = {0.0};

std::unique_ptr<Schedule> with_defaults(const std::string& name, std::int64_t epochs,
                                        const std::vector<Value>& common = kNoWarmup) {
  for (const auto& alternative : schedule_alternatives()) {
    if (alternative.name != name) continue;
    std::vector<Value> values;
    for (const auto& param : alternative.params) values.push_back(param.default_value);
    return make_schedule(name, values, common, epochs);
  }
  return nullptr;
}

}  // namespace

TEST_CASE("constant: the factor is 1 throughout") {
  const auto schedule = with_defaults("constant", 10);
  CHECK(schedule->factor(0) == 1);
  CHECK(schedule->factor(9.9) == 1);
}

TEST_CASE("step: drops by `decay` every `every` epochs") {
  const auto schedule = make_schedule("step", {std::int64_t{3}, 0.5}, kNoWarmup, 10);
  CHECK(schedule->factor(2.9) == 1);
  CHECK(schedule->factor(3.0) == 0.5);
  CHECK(schedule->factor(6.5) == 0.25);
}

TEST_CASE("cosine: falls from 1 to the floor, half-way at half the epochs") {
  const auto schedule = make_schedule("cosine", {0.2}, kNoWarmup, 10);
  CHECK(schedule->factor(0) == doctest::Approx(1));
  CHECK(schedule->factor(5) == doctest::Approx(0.6));
  CHECK(schedule->factor(10) == doctest::Approx(0.2));
}

TEST_CASE("warm-up: rises linearly from zero, then the schedule takes over") {
  const auto schedule = with_defaults("constant", 10, {2.0});
  CHECK(schedule->factor(0) == 0);
  CHECK(schedule->factor(0.5) == doctest::Approx(0.25));
  CHECK(schedule->factor(2) == 1);
}

TEST_CASE("plateau: drops after `patience` epochs without a better loss, and not below the floor") {
  const auto schedule = make_schedule("plateau", {std::int64_t{1}, 0.5, 0.0, 0.3}, kNoWarmup, 10);
  schedule->end_epoch(1.0);
  schedule->end_epoch(1.0);
  CHECK(schedule->factor(2) == 1);
  schedule->end_epoch(1.0);
  CHECK(schedule->factor(3) == 0.5);
  for (int i = 0; i < 4; ++i) schedule->end_epoch(1.0);
  CHECK(schedule->factor(7) == 0.3);
}

TEST_CASE("plateau: a restored state continues as if it had not been interrupted") {
  const std::vector<Value> values = {std::int64_t{1}, 0.5, 0.0, 0.0};
  const auto one = make_schedule("plateau", values, kNoWarmup, 10),
             other = make_schedule("plateau", values, kNoWarmup, 10);
  one->end_epoch(1.0);
  one->end_epoch(2.0);
  other->restore(one->state());
  one->end_epoch(2.0);
  other->end_epoch(2.0);
  CHECK(one->factor(3) == 0.5);
  CHECK(other->factor(3) == one->factor(3));
}
