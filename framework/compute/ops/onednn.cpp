// The engine, and primitives executed through the C interface.
#include "compute/ops/onednn.hpp"

namespace hourglass::compute {

const dnnl::engine& onednn_engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

const dnnl::stream& onednn_stream() {
  static const dnnl::stream stream(onednn_engine());
  return stream;
}

dnnl::primitive_attr onednn_attributes() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

std::int64_t Primitive::scratch() const {
  return static_cast<std::int64_t>((scratchpad_.get_size() + sizeof(float) - 1) / sizeof(float));
}

void Primitive::bind(float* scratch) {
  memories_.clear();
  arguments_.clear();
  if (scratchpad_.get_size() > 0) add(DNNL_ARG_SCRATCHPAD, scratchpad_, scratch);
}

void Primitive::add(int argument, const dnnl::memory::desc& description, const void* data) {
  memories_.emplace_back(description, onednn_engine(), const_cast<void*>(data));
  arguments_.push_back({argument, memories_.back().get()});
}

void Primitive::execute() const {
  // The C++ wrapper would build a vector in every call.
  const dnnl_status_t status = dnnl_primitive_execute(primitive_.get(), onednn_stream().get(),
                                                      static_cast<int>(arguments_.size()), arguments_.data());
  if (status != dnnl_success) throw dnnl::error(status, "a oneDNN primitive could not be executed");
}

}  // namespace hourglass::compute
