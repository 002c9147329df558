#include "cuda/gemm.h"
#include "ops/linear_backward.h"

namespace carom::cuda {
namespace {

constexpr int kWidest = 32;                // columns of one block
constexpr std::int64_t kRowsOfThread = 8;  // at least, where there are enough
constexpr std::int64_t kEnoughBlocks = 528;

template <Activation activation>
CAROM_DEVICE float derivative(float dy, const float* y) {
  if constexpr (activation == Activation::relu) return *y > 0 ? dy : 0.0f;
  if constexpr (activation == Activation::tanh) return dy - dy * *y * *y;
  return dy;
}

/// A block takes blockDim.x columns of `piece` rows: it writes their dz and the sum of each column, to
/// partial [pieces, columns]. blockIdx.x counts the strips of columns, then the pieces.
template <Activation activation>
__global__ void differentiate_kernel(LinearBackwardParams p, std::int64_t piece, float* partial) {
  CAROM_SHARED(float, sums, kThreads);
  const std::int64_t strips = (p.dy.columns + blockDim.x - 1) / blockDim.x;
  const std::int64_t number = blockIdx.x / strips;
  const std::int64_t column = blockIdx.x % strips * blockDim.x + threadIdx.x;
  const std::int64_t end = (number + 1) * piece < p.dy.count ? (number + 1) * piece : p.dy.count;
  float sum = 0;
  if (column < p.dy.columns) {
    for (std::int64_t row = number * piece + threadIdx.y; row < end; row += blockDim.y) {
      const float* y = activation == Activation::none ? nullptr : p.y[row] + column;
      const float z = derivative<activation>(p.dy[row][column], y);
      p.dz[row][column] = z;
      sum += z;
    }
  }
  const unsigned own = threadIdx.y * blockDim.x + threadIdx.x;
  sums[own] = sum;
  for (unsigned half = blockDim.y / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.y < half) sums[own] += sums[own + half * blockDim.x];
  }
  if (threadIdx.y == 0 && column < p.dy.columns) {
    partial[number * p.dy.columns + column] = sums[own];
  }
}

void differentiate(const LinearBackwardParams& p, Launch& launch, std::int64_t pieces,
                   std::int64_t piece, int width, float* partial) {
  const std::int64_t strips = (p.dy.columns + width - 1) / width;
  const dim3 block(static_cast<unsigned>(width), static_cast<unsigned>(kThreads / width));
  const auto go = [&](auto kernel) {
    start(launch, static_cast<unsigned>(strips * pieces), block, 0, kernel, p, piece, partial);
  };
  switch (p.activation) {
    case Activation::none: return go(differentiate_kernel<Activation::none>);
    case Activation::relu: return go(differentiate_kernel<Activation::relu>);
    case Activation::tanh: return go(differentiate_kernel<Activation::tanh>);
  }
}

}  // namespace

void linear_backward(const LinearBackwardParams& p, Launch& launch) {
  const std::int64_t rows = p.dy.count, columns = p.dy.columns;
  if (columns == 0) return;
  int width = kWidest;
  while (width > 1 && width / 2 >= columns) width /= 2;
  const std::int64_t strips = (columns + width - 1) / width;
  const std::int64_t shortest = kThreads / width * kRowsOfThread;
  const std::int64_t most = std::max<std::int64_t>(1, kEnoughBlocks / strips);
  const std::int64_t wanted = std::clamp<std::int64_t>(rows / shortest, 1, most);
  const std::int64_t piece = std::max<std::int64_t>(1, (rows + wanted - 1) / wanted);
  const std::int64_t pieces = std::max<std::int64_t>(1, (rows + piece - 1) / piece);
  if (pieces == 1) return differentiate(p, launch, 1, piece, width, p.dbias);
  const std::size_t bytes = static_cast<std::size_t>(pieces * columns) * sizeof(float);
  float* partial = reinterpret_cast<float*>(launch.workspace(bytes));
  differentiate(p, launch, pieces, piece, width, partial);
  Product<float> sum{};
  sum.m = 1;
  sum.n = columns;
  sum.c = p.dbias;
  sum.c_row = columns;
  add_pieces(launch, sum, {}, partial, pieces);
}

}  // namespace carom::cuda
