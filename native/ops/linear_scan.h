// linearScan: the first-order linear recurrence along dimension 0, each column on its own.
//
//   inputs: a, b [T, ...], contiguous, of one shape        outputs: y, contiguous, of that shape
//   parameters: [reverse: 0 or 1]
//
//   y[t] = a[t] y[t-1] + b[t], y[-1] = 0        reverse: y[t] = a[t] y[t+1] + b[t], y[T] = 0
//
// float32 or float64; the state is carried in double, so that long runs lose nothing.
#pragma once

#include "ops/call.h"
#include "ops/kernel.h"

namespace carom {

/// a, b and y seen as [steps, columns].
struct LinearScanParams {
  DType dtype;
  const std::byte* a;
  const std::byte* b;
  std::byte* y;
  std::int64_t steps;
  std::int64_t columns;
  bool reverse;
};

LinearScanParams make_linear_scan(const Call& call, Plan& plan);

CAROM_KERNEL(linear_scan, LinearScanParams)

}  // namespace carom
