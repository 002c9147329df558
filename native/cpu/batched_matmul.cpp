#include "ops/batched_matmul.h"

#include "cpu/simd.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// Where the matrices of one unit begin, in elements, and how many rows it has.
struct Unit {
  std::int64_t a, b, c, rows;
};

CAROM_INLINE Unit unit_at(const BatchedMatmulParams& p, std::int64_t index) {
  const std::int64_t first = index % p.row_chunks * p.product.m;
  const std::int64_t left = p.rows - first;
  Unit unit{first * p.product.a_row, 0, first * p.product.c_row,
            left < p.product.m ? left : p.product.m};
  std::int64_t product = index / p.row_chunks;
  for (int d = p.rank - 1; d >= 0; --d) {
    const std::int64_t i = product % p.shape[d];
    product /= p.shape[d];
    unit.a += i * p.a_strides[d];
    unit.b += i * p.b_strides[d];
    unit.c += i * p.c_strides[d];
  }
  return unit;
}

void multiply_single(const BatchedMatmulParams& p, const Unit& unit, std::byte* scratch,
                     Fault* fault) {
  GemmParams product = p.product;
  product.m = unit.rows;
  product.a = reinterpret_cast<const float*>(p.a) + unit.a;
  product.b = reinterpret_cast<const float*>(p.b) + unit.b;
  product.c = reinterpret_cast<float*>(p.c) + unit.c;
  Team alone;
  alone.scratch = scratch;
  alone.fault = fault;
  for (alone.phase = 0; alone.phase < p.phases; ++alone.phase) gemm(product, alone);
}

/// Rows of c as sums of rows of b, or, where the columns of b are dense, as dot products.
void multiply_double(const BatchedMatmulParams& p, const Unit& unit) {
  const GemmParams& g = p.product;
  const double* a = reinterpret_cast<const double*>(p.a) + unit.a;
  const double* b = reinterpret_cast<const double*>(p.b) + unit.b;
  double* c = reinterpret_cast<double*>(p.c) + unit.c;
  for (std::int64_t row = 0; row < unit.rows; ++row) {
    double* out = c + row * g.c_row;
    for (std::int64_t j = 0; j < g.n; ++j) out[j] = 0;
    for (std::int64_t k = 0; k < g.k; ++k) {
      const double factor = a[row * g.a_row + k * g.a_col];
      const double* from = b + k * g.b_row;
      if (g.b_col == 1) {
        for (std::int64_t j = 0; j < g.n; ++j) out[j] += factor * from[j];
      } else {
        for (std::int64_t j = 0; j < g.n; ++j) out[j] += factor * from[j * g.b_col];
      }
    }
  }
}

}  // namespace

void batched_matmul(const BatchedMatmulParams& p, const Team& team) {
  const std::int64_t units = p.products * p.row_chunks;
  if (units == 0) return;
  const Range mine = team.share(p.lanes);
  for (std::int64_t lane = mine.begin; lane < mine.end; ++lane) {
    std::byte* scratch = team.scratch + p.lane_scratch * static_cast<std::size_t>(lane);
    const std::int64_t end = units * (lane + 1) / p.lanes;
    for (std::int64_t i = units * lane / p.lanes; i < end; ++i) {
      const Unit unit = unit_at(p, i);
      if (p.dtype == DType::float32) multiply_single(p, unit, scratch, team.fault);
      else multiply_double(p, unit);
    }
  }
}

}  // namespace carom::cpu::CAROM_ISA
