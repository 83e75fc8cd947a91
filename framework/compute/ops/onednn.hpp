// The engine's use of oneDNN: one CPU engine, primitives with prebuilt arguments, scratch memory provided by the plan.
#pragma once

#include <cstdint>
#include <dnnl.hpp>
#include <vector>

namespace hourglass::compute {

const dnnl::engine& onednn_engine();
const dnnl::stream& onednn_stream();

/// Returns the attributes of every primitive.
dnnl::primitive_attr onednn_attributes();

/// A primitive and the addresses of its tensors. Executing it builds and looks up nothing.
class Primitive {
 public:
  Primitive() = default;
  template <class Descriptor>
  explicit Primitive(const Descriptor& descriptor)
      : scratchpad_(descriptor.scratchpad_desc()), primitive_(descriptor.get()) {}

  explicit operator bool() const { return static_cast<bool>(primitive_); }

  /// Returns the number of floats of scratch memory that `bind` needs.
  std::int64_t scratch() const;

  /// Clears all tensors and sets the scratch memory, which may be null if scratch() is 0.
  void bind(float* scratch);
  /// Sets the address of the tensor `argument` (DNNL_ARG_...).
  void add(int argument, const dnnl::memory::desc& description, const void* data);

  void execute() const;

 private:
  dnnl::memory::desc scratchpad_;
  dnnl::primitive primitive_;
  std::vector<dnnl::memory> memories_;
  std::vector<dnnl_exec_arg_t> arguments_;
};

}  // namespace hourglass::compute
