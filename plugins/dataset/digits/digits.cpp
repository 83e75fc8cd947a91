// Handwritten digits of 8 x 8 pixels, which are part of the library, so that a first experiment needs no download.
#include <stdexcept>
#include <string>
#include <vector>

#include "hourglass/dataset.hpp"

// digits.bin: for each image its 64 pixels, 0 to 16, row by row, and its label, one byte each.
asm(".section .rodata\n"
    ".global hourglass_digits\n"
    ".hidden hourglass_digits\n"
    "hourglass_digits: .incbin \"digits.bin\"\n"
    ".previous\n");
extern "C" const unsigned char hourglass_digits[];

namespace {

using namespace hourglass;

constexpr std::int64_t kImages = 1797, kPixels = 64, kRecord = kPixels + 1;

class DigitSamples final : public Samples {
 public:
  DigitSamples() {
    for (std::int64_t i = 0; i < kImages; ++i) labels_.push_back(hourglass_digits[i * kRecord + kPixels]);
  }

  std::int64_t size() const override { return kImages; }
  ImageShape shape() const override { return {1, 8, 8}; }
  std::span<const std::int32_t> labels() const override { return labels_; }
  std::vector<std::string> class_names() const override { return {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}; }
  void read(std::span<const std::int64_t> indices, std::span<float> images) const override {
    auto out = images.begin();
    for (const auto index : indices) {
      if (index < 0 || index >= kImages) throw std::out_of_range("image " + std::to_string(index) + " does not exist");
      for (std::int64_t i = 0; i < kPixels; ++i)
        *out++ = static_cast<float>(hourglass_digits[index * kRecord + i]) / 16;
    }
  }

 private:
  std::vector<std::int32_t> labels_;
};

class Digits final : public Dataset {
 public:
  struct Params {};
  static void declare(ParamTable<Params>&) {}
  explicit Digits(const Params&) {}

  std::unique_ptr<Samples> open(Split split, DataAccess&) const override {
    return split == Split::train ? std::make_unique<DigitSamples>() : nullptr;
  }
};

}  // namespace

HOURGLASS_PLUGINS(hourglass::plugin<Digits>(
    "digits",
    "Handwritten digits that come with Hourglass, 1,797 grey images of 8 x 8, of which test_share is the test split "
    "(Alpaydin and Kaynak 1998)."))
