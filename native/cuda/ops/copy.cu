#include "cuda/elementwise.h"
#include "ops/convert.h"
#include "ops/copy.h"

namespace carom::cuda {
namespace {

template <class To, class From>
void copy_as(const CopyParams& p, Launch& launch) {
  map1<To, From>(launch, p.layout, Convert<To, From>{});
}

template <class From>
void copy_from(const CopyParams& p, Launch& launch) {
  switch (p.to) {
    case DType::float32: return copy_as<float, From>(p, launch);
    case DType::float64: return copy_as<double, From>(p, launch);
    case DType::int32: return copy_as<std::int32_t, From>(p, launch);
    case DType::uint8: return copy_as<std::uint8_t, From>(p, launch);
    case DType::boolean: return copy_as<Bool, From>(p, launch);
  }
}

// -------------------------------------------------------------------------------------- turned

constexpr int kTile = 32;
constexpr int kTileRows = 8;

/// One block turns tiles of 32 x 32 elements through shared memory, so that both sides are read and
/// written along their dense dimension: `turned` of the input, the last one of the output. blockIdx.y
/// counts the matrices that these two dimensions span.
template <class T>
__global__ void turn_kernel(ElementwiseLayout<2> layout, int turned) {
  CAROM_SHARED(T, tile, kTile * (kTile + 1));
  const int last = layout.rank - 1;
  const std::int64_t rows = layout.shape[turned], columns = layout.shape[last];
  std::int64_t in = 0, out = 0;
  std::int64_t rest = blockIdx.y;
  for (int d = last - 1; d >= 0; --d) {
    if (d == turned) continue;
    const std::int64_t i = rest % layout.shape[d];
    rest /= layout.shape[d];
    in += i * layout.strides[1][d];
    out += i * layout.strides[0][d];
  }
  const T* source = reinterpret_cast<const T*>(layout.data[1]) + in;
  T* target = reinterpret_cast<T*>(layout.data[0]) + out;
  const std::int64_t across = (columns + kTile - 1) / kTile;
  const std::int64_t row0 = blockIdx.x / across * kTile, column0 = blockIdx.x % across * kTile;
  const int x = static_cast<int>(threadIdx.x), y = static_cast<int>(threadIdx.y);
  for (int i = y; i < kTile; i += kTileRows) {
    const std::int64_t column = column0 + i, row = row0 + x;
    if (row < rows && column < columns) {
      tile[i * (kTile + 1) + x] = source[column * layout.strides[1][last] + row];
    }
  }
  __syncthreads();
  for (int i = y; i < kTile; i += kTileRows) {
    const std::int64_t row = row0 + i, column = column0 + x;
    if (row < rows && column < columns) {
      target[row * layout.strides[0][turned] + column] = tile[x * (kTile + 1) + i];
    }
  }
}

template <class T>
void copy_turned(const CopyParams& p, Launch& launch) {
  const int last = p.layout.rank - 1;
  const std::int64_t rows = p.layout.shape[p.turned], columns = p.layout.shape[last];
  const std::int64_t tiles = ((rows + kTile - 1) / kTile) * ((columns + kTile - 1) / kTile);
  const std::int64_t matrices = p.layout.size / (rows * columns);
  start(launch, dim3(static_cast<unsigned>(tiles), static_cast<unsigned>(matrices)),
        dim3(kTile, kTileRows), 0, turn_kernel<T>, p.layout, p.turned);
}

/// What a grid can count.
bool fits_grid(const CopyParams& p) {
  const ElementwiseLayout<2>& layout = p.layout;
  const std::int64_t matrix = layout.shape[p.turned] * layout.shape[layout.rank - 1];
  return layout.size / matrix <= 65535 && matrix / (kTile * kTile) < 0x7FFFFFFF / 4;
}

}  // namespace

void copy(const CopyParams& p, Launch& launch) {
  if (p.turned >= 0 && p.layout.size > 0 && fits_grid(p)) {
    switch (dtype_size(p.from)) {
      case 8: return copy_turned<std::uint64_t>(p, launch);
      case 4: return copy_turned<std::uint32_t>(p, launch);
      default: return copy_turned<std::uint8_t>(p, launch);
    }
  }
  switch (p.from) {
    case DType::float32: return copy_from<float>(p, launch);
    case DType::float64: return copy_from<double>(p, launch);
    case DType::int32: return copy_from<std::int32_t>(p, launch);
    case DType::uint8: return copy_from<std::uint8_t>(p, launch);
    case DType::boolean: return copy_from<Bool>(p, launch);
  }
}

}  // namespace carom::cuda
