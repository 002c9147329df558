#include "cuda/fusion/mlp.h"
#include "cuda/fusion/tile_product.h"

namespace carom::cuda {
namespace {

/// The sums of a layer [outputs, inputs + 1]: its inputs have a column of ones behind them, whose sums
/// are dbias.
CAROM_INLINE int columns_of(const BackwardLayer& layer) { return layer.inputs + 1; }
CAROM_INLINE int sums_of(const BackwardLayer& layer) { return layer.outputs * columns_of(layer); }

/// What becomes of dy: writes dz, and keeps it as the left operand of both products.
template <Precision precision>
struct Differentiate {
  const BackwardLayer& layer;
  std::int64_t row0;
  int rows_left;  // of the chain, from the tile on
  Word<precision>* along;
  int along_pitch;
  Word<precision>* down;
  bool paired;

  CAROM_DEVICE float derivative(float dy, int row, int column) const {
    if (row >= rows_left || column >= layer.outputs) return 0;
    if (layer.activation == Activation::none) return dy;
    const float y = layer.y.data[(row0 + row) * layer.y.stride + column];
    if (layer.activation == Activation::relu) return y > 0 ? dy : 0.0f;
    return dy - dy * y * y;
  }

  CAROM_DEVICE void operator()(int row, int column, float first, float second) const {
    first = derivative(first, row, column);
    second = derivative(second, row, column + 1);
    if (layer.dz.data != nullptr && row < rows_left) {
      float* dz = layer.dz.data + (row0 + row) * layer.dz.stride + column;
      write_pair(dz, layer.outputs - column, paired, first, second);
    }
    put_along<precision>(along, along_pitch, row, column, first, second);
    put_across<precision>(down, pitch_of(layer.outputs), column, row, first, second);
  }
};

/// The shared memory of a block, and what lies where.
template <Precision precision>
struct BackwardTile {
  using Operand = SharedOperand<Word<precision>>;
  const BackwardChain& chain;
  const BackwardLayout& layout;
  Word<precision>* shared;
  float* partial;  // this block's
  std::int64_t row0 = 0;
  int rows_left = 0;
  bool first = true;

  CAROM_DEVICE bool sums_are_shared() const { return layout.sums[0] >= 0; }
  CAROM_DEVICE float* shared_sums(int l) const {
    return reinterpret_cast<float*>(shared + layout.sums[l]);
  }
  CAROM_DEVICE Differentiate<precision> differentiate(int l) const {
    const BackwardLayer& layer = chain.layer[l];
    return {layer,
            row0,
            rows_left,
            shared + layout.along[l % 2],
            pitch_of(layout.tile),
            shared + layout.down,
            pairs_in(layer.dz.data, layer.dz.stride)};
  }

  CAROM_DEVICE void load_weights() const {
    for (int l = 0; l < chain.layers; ++l) {
      const BackwardLayer& layer = chain.layer[l];
      if (layer.dx.data == nullptr) continue;
      const auto value = [&](int input, int output) {
        if (output >= layer.outputs || input >= layer.inputs) return 0.0f;
        return layer.weights.data[output * layer.weights.out + input * layer.weights.in];
      };
      fill_operand<precision>(shared + layout.weights[l], pitch_of(layer.inputs),
                              padded(layer.inputs), padded(layer.outputs), layer.weights.in != 1,
                              value);
    }
  }
  CAROM_DEVICE void clear_sums() const {
    for (int l = 0; l < chain.layers; ++l) {
      const int size = padded(chain.layer[l].outputs) * pitch_of(columns_of(chain.layer[l]));
      for (int i = static_cast<int>(threadIdx.x); i < size; i += static_cast<int>(blockDim.x)) {
        shared_sums(l)[i] = 0;
      }
    }
  }

  /// dz of the first layer, in squares of 8 x 8 of a warp.
  CAROM_DEVICE void load_dy() const {
    const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
    const int across = padded(chain.layer[0].outputs) / 8, squares = across * (layout.tile / 8);
    const Differentiate<precision> take = differentiate(0);
    for (int i = warp; i < squares; i += static_cast<int>(blockDim.x) / 32) {
      const int row = i / across * 8 + lane / 4, column = i % across * 8 + lane % 4 * 2;
      const int inside = row < rows_left ? chain.layer[0].outputs - column : 0;
      const float* dy = chain.dy.data + (row0 + row) * chain.dy.stride + column;
      take(row, column, inside > 0 ? dy[0] : 0.0f, inside > 1 ? dy[1] : 0.0f);
    }
  }
  CAROM_DEVICE void load_inputs(int l) const {
    const BackwardLayer& layer = chain.layer[l];
    const auto value = [&](int column, int row) {
      if (row >= rows_left || column > layer.inputs) return 0.0f;
      return column == layer.inputs ? 1.0f : layer.x.data[(row0 + row) * layer.x.stride + column];
    };
    const int columns = columns_of(layer);
    fill_operand<precision>(shared + layout.inputs, pitch_of(columns), padded(columns), layout.tile,
                            false, value);
  }

  /// Adds dz^T [x, 1] to the layer's sums. Always the same thread adds to an element.
  CAROM_DEVICE void add_sums(int l) const {
    const BackwardLayer& layer = chain.layer[l];
    const int outputs = layer.outputs, columns = columns_of(layer), pitch = pitch_of(columns);
    const bool in_shared = sums_are_shared(), fresh = first;
    float* own = in_shared ? shared_sums(l) : partial + layout.partial[l];
    const auto add = [=](int output, int input, float one, float two) {
      if (in_shared) {
        float2* at = reinterpret_cast<float2*>(own + output * pitch + input);
        *at = make_float2(at->x + one, at->y + two);
        return;
      }
      if (output >= outputs) return;
      float* at = own + output * columns + input;
      if (input < columns) at[0] = fresh ? one : at[0] + one;
      if (input + 1 < columns) at[1] = fresh ? two : at[1] + two;
    };
    multiply_tile<precision>(Operand{shared + layout.down, pitch_of(outputs)},
                             Operand{shared + layout.inputs, pitch}, padded(outputs),
                             padded(columns), layout.tile, add);
  }

  /// dx, and with it dz of the next layer.
  CAROM_DEVICE void step_back(int l) const {
    const BackwardLayer& layer = chain.layer[l];
    const bool paired = pairs_in(layer.dx.data, layer.dx.stride), last = l + 1 == chain.layers;
    const Differentiate<precision> take = differentiate(last ? l : l + 1);
    const auto store = [&](int row, int column, float first, float second) {
      if (row < rows_left) {
        float* dx = layer.dx.data + (row0 + row) * layer.dx.stride + column;
        write_pair(dx, layer.inputs - column, paired, first, second);
      }
      if (!last) take(row, column, first, second);
    };
    multiply_tile<precision>(Operand{shared + layout.along[l % 2], pitch_of(layout.tile)},
                             Operand{shared + layout.weights[l], pitch_of(layer.inputs)},
                             layout.tile, padded(layer.inputs), padded(layer.outputs), store);
  }

  /// Sums in shared memory become the block's partial sums.
  CAROM_DEVICE void write_sums() const {
    const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
    for (int l = 0; l < chain.layers; ++l) {
      const int columns = columns_of(chain.layer[l]), pitch = pitch_of(columns);
      float* to = partial + layout.partial[l];
      for (int o = warp; o < chain.layer[l].outputs; o += static_cast<int>(blockDim.x) / 32) {
        for (int c = lane; c < columns; c += 32)
          to[o * columns + c] = shared_sums(l)[o * pitch + c];
      }
    }
  }
};

/// A block takes every gridDim.x-th tile of rows through all layers, and leaves the sums over its rows
/// in partial [blocks, sums of all layers].
template <Precision precision>
__global__ void __launch_bounds__(kMostThreads, 1)
    backward_kernel(const __grid_constant__ BackwardChain chain,
                    const __grid_constant__ BackwardLayout layout, float* partial) {
  CAROM_DYNAMIC_SHARED(Word<precision>, shared);
  BackwardTile<precision> tile{chain, layout, shared,
                               partial + std::int64_t{blockIdx.x} * layout.size};
  tile.load_weights();
  if (tile.sums_are_shared()) tile.clear_sums();
  const std::int64_t apart = std::int64_t{gridDim.x} * layout.tile;
  for (tile.row0 = std::int64_t{blockIdx.x} * layout.tile; tile.row0 < chain.rows;
       tile.row0 += apart) {
    const std::int64_t left = chain.rows - tile.row0;
    tile.rows_left = static_cast<int>(left < layout.tile ? left : layout.tile);
    tile.load_dy();
    tile.load_inputs(0);
    for (int l = 0; l < chain.layers; ++l) {
      __syncthreads();  // dz and the inputs are whole
      tile.add_sums(l);
      __syncthreads();  // they may be replaced
      if (l + 1 < chain.layers) tile.load_inputs(l + 1);
      if (chain.layer[l].dx.data != nullptr) tile.step_back(l);
    }
    __syncthreads();
    tile.first = false;
  }
  if (tile.sums_are_shared()) tile.write_sums();
}

constexpr int kSumColumns = 32, kSumRows = 8;

/// dw and dbias of all layers: element by element, the sum over the blocks, in their order.
__global__ void __launch_bounds__(kSumColumns* kSumRows)
    add_blocks_kernel(const __grid_constant__ BackwardChain chain, const float* partial, int blocks,
                      int size) {
  CAROM_SHARED(float, sums, kSumColumns* kSumRows);
  const int x = static_cast<int>(threadIdx.x), y = static_cast<int>(threadIdx.y);
  int at = static_cast<int>(blockIdx.x) * kSumColumns + x;
  float sum = 0;
  if (at < size) {
    for (int block = y; block < blocks; block += kSumRows) {
      sum += partial[std::int64_t{block} * size + at];
    }
  }
  sums[y * kSumColumns + x] = sum;
  __syncthreads();
  if (y > 0 || at >= size) return;
  for (int other = 1; other < kSumRows; ++other) sum += sums[other * kSumColumns + x];
  int l = 0;
  for (; at >= sums_of(chain.layer[l]); ++l) at -= sums_of(chain.layer[l]);
  const BackwardLayer& layer = chain.layer[l];
  const int output = at / columns_of(layer), input = at % columns_of(layer);
  if (input < layer.inputs) layer.dw.data[output * layer.dw.stride + input] = sum;
  else if (layer.dbias != nullptr) layer.dbias[output] = sum;
}

template <Precision precision>
void start_backward(const BackwardChain& chain, const BackwardLayout& layout, Launch& launch) {
  const std::int64_t tiles = (chain.rows + layout.tile - 1) / layout.tile;
  const int blocks = static_cast<int>(std::min(tiles, kMostBlocks));
  const std::size_t sums = static_cast<std::size_t>(blocks) * static_cast<std::size_t>(layout.size);
  float* partial = reinterpret_cast<float*>(launch.workspace(sums * sizeof(float)));
  start(launch, static_cast<unsigned>(blocks), static_cast<unsigned>(layout.threads), layout.bytes,
        backward_kernel<precision>, chain, layout, partial);
  start(launch, static_cast<unsigned>((layout.size + kSumColumns - 1) / kSumColumns),
        dim3(kSumColumns, kSumRows), 0, add_blocks_kernel, chain, partial, blocks, layout.size);
}

/// The layout for tiles of `tile` rows, whether it fits or not.
BackwardLayout lay_out_tile(const BackwardChain& chain, Precision precision, int tile,
                            bool share_sums) {
  BackwardLayout layout{};
  int words = 0, outputs = 0, inputs = 0;
  const auto take = [&](int size) {
    words += size;
    return words - size;
  };
  for (int l = 0; l < chain.layers; ++l) {
    const BackwardLayer& layer = chain.layer[l];
    const bool steps_back = layer.dx.data != nullptr;
    const int sums = padded(layer.outputs) * pitch_of(columns_of(layer));
    layout.weights[l] = take(steps_back ? size_of(precision, layer.outputs, layer.inputs) : 0);
    layout.sums[l] = share_sums ? take(sums) : -1;
    layout.partial[l] = layout.size;
    layout.size += sums_of(layer);
    outputs = std::max(outputs, layer.outputs);
    inputs = std::max(inputs, columns_of(layer));
  }
  for (int& along : layout.along) along = take(size_of(precision, outputs, tile));
  layout.down = take(size_of(precision, tile, outputs));
  layout.inputs = take(size_of(precision, tile, inputs));
  layout.tile = tile;
  layout.threads = threads_for(tile, precision);
  layout.bytes = static_cast<std::size_t>(words) * sizeof(float);
  return layout;
}

}  // namespace

BackwardLayout lay_out(const BackwardChain& chain, Precision precision, std::size_t shared_bytes) {
  for (int tile = wanted_tile(chain.rows, kMostBlocks, precision); tile >= 16; tile /= 2) {
    // Shared memory is worth it where a block adds up several tiles.
    const bool adds = chain.rows > tile * kMostBlocks;
    for (const bool share_sums : {true, false}) {
      if (share_sums && !adds) continue;
      const BackwardLayout layout = lay_out_tile(chain, precision, tile, share_sums);
      if (layout.bytes <= shared_bytes) return layout;
    }
  }
  return {};
}

void run_chain(const BackwardChain& chain, const BackwardLayout& layout, Launch& launch) {
  switch (launch.precision) {
    case Precision::float32: return start_backward<Precision::float32>(chain, layout, launch);
    case Precision::tf32: return start_backward<Precision::tf32>(chain, layout, launch);
    case Precision::bfloat16: return start_backward<Precision::bfloat16>(chain, layout, launch);
  }
}

}  // namespace carom::cuda
