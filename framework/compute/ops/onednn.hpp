// oneDNN as the engine uses it: one CPU engine, primitives with prebuilt arguments, scratch memory given by the plan.
#pragma once

#include <cstdint>
#include <dnnl.hpp>
#include <vector>

namespace hourglass::compute {

const dnnl::engine& onednn_engine();
const dnnl::stream& onednn_stream();

/// Attributes that every primitive is made with.
dnnl::primitive_attr onednn_attributes();

/// A primitive and where its tensors lie. Executing it builds and looks up nothing.
class Primitive {
 public:
  Primitive() = default;
  template <class Descriptor>
  explicit Primitive(const Descriptor& descriptor)
      : scratchpad_(descriptor.scratchpad_desc()), primitive_(descriptor.get()) {}

  explicit operator bool() const { return static_cast<bool>(primitive_); }

  /// Floats of scratch memory that `bind` wants.
  std::int64_t scratch() const;

  /// Forgets all tensors and gives the scratch memory, which may be null when scratch() is 0.
  void bind(float* scratch);
  /// Says where the tensor `argument` (DNNL_ARG_...) lies.
  void add(int argument, const dnnl::memory::desc& description, const void* data);

  void execute() const;

 private:
  dnnl::memory::desc scratchpad_;
  dnnl::primitive primitive_;
  std::vector<dnnl::memory> memories_;
  std::vector<dnnl_exec_arg_t> arguments_;
};

}  // namespace hourglass::compute
