#include "cuda/gemm_tensor.h"

namespace carom::cuda {

void multiply_bfloat16(Launch& launch, const Product<float>& p, const Stack& stack,
                       const Scheme& scheme) {
  start_tensor_tiles<Precision::bfloat16>(launch, p, stack, scheme);
}

}  // namespace carom::cuda
