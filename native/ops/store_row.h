// storeRow: out[counter mod T] = src. With increment it is the write side of a ring buffer.
//
//   inputs: src [...S], counter int32 [1]        outputs: out [T, ...S] (one row written)
//   src and out share a dtype; any strides
#pragma once

#include "ops/elementwise_layout.h"
#include "ops/kernel.h"

namespace carom {

struct StoreRowParams {
  ElementwiseLayout<2> layout;  // of out[0] and src
  const std::int32_t* counter;
  std::int64_t rows;
  std::int64_t row_stride;  // bytes
  std::int64_t item;        // bytes of an element
};

StoreRowParams make_store_row(const Call& call, Plan& plan);

CAROM_KERNEL(store_row, StoreRowParams)

}  // namespace carom
