#include "cuda/elementwise.h"
#include "ops/binary.h"
#include "ops/visit.h"

namespace carom::cuda {

void binary(const BinaryParams& p, Launch& launch) {
  visit(p, [&]<class Out, class In>(auto f) { map2<Out, In, In>(launch, p.layout, f); });
}

}  // namespace carom::cuda
