#include "cuda/gemm_tensor.h"

namespace carom::cuda {

void multiply_tf32(Launch& launch, const Product<float>& p, const Stack& stack,
                   const Scheme& scheme) {
  start_tensor_tiles<Precision::tf32>(launch, p, stack, scheme);
}

}  // namespace carom::cuda
