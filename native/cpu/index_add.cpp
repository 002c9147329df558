// indexAdd: ranks share the columns, so that each element of out is summed by one rank in the order
// of index.
#include "ops/index_add.h"

#include "core/fault.h"
#include "cpu/isa.h"

namespace carom::cpu::CAROM_ISA {

void index_add(const IndexAddParams& p, const Team& team) {
  const Range columns = team.share(p.row_size, 16);
  if (columns.begin >= columns.end) return;
  for (std::int64_t i = 0; i < p.count; ++i) {
    const std::int64_t to = p.index[i];
    if (to < 0 || to >= p.out_rows) {
      team.fault->raise("indexAdd", i, to, p.out_rows);
      continue;
    }
    const float* src = p.src + i * p.src_stride;
    float* out = p.out + to * p.out_stride;
#pragma GCC ivdep
    for (std::int64_t j = columns.begin; j < columns.end; ++j) out[j] += src[j];
  }
}

}  // namespace carom::cpu::CAROM_ISA
