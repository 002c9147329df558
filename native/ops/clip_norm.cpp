#include "ops/clip_norm.h"

namespace carom {

float* flat_floats(const Call& call, const TensorView& view, const char* name, std::int64_t count) {
  call.expect_dtype(view, name, DType::float32);
  call.expect_shape(view, name, {count});
  call.expect_contiguous(view, name);
  return view.as<float>();
}

std::int32_t* step_counter(const Call& call, const TensorView& view) {
  call.expect_dtype(view, "step", DType::int32);
  call.expect_shape(view, "step", {1});
  return view.as<std::int32_t>();
}

}  // namespace carom
