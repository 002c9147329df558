#include "cuda/fusion/mlp.h"
#include "cuda/fusion/tile_product.h"
#include "ops/functors.h"

namespace carom::cuda {
namespace {

/// What a layer does with an element pair of its product: writes y, and keeps it for the next layer.
template <Precision precision>
struct Activate {
  const ForwardLayer& layer;
  std::int64_t row0;
  int rows_left;          // of the chain, from the tile on
  Word<precision>* next;  // null: the last layer
  int pitch;
  bool paired;

  CAROM_DEVICE float finished(float value, int column) const {
    if (column >= layer.outputs) return 0;
    if (layer.bias != nullptr) value += layer.bias[column];
    if (layer.activation == Activation::tanh) return functors::Tanh{}(value);
    return layer.activation == Activation::relu ? functors::Relu{}(value) : value;
  }

  CAROM_DEVICE void operator()(int row, int column, float first, float second) const {
    first = finished(first, column);
    second = finished(second, column + 1);
    if (row < rows_left) {
      float* y = layer.y.data + (row0 + row) * layer.y.stride + column;
      write_pair(y, layer.outputs - column, paired, first, second);
    }
    if (next != nullptr) put_along<precision>(next, pitch, row, column, first, second);
  }
};

template <Precision precision>
CAROM_DEVICE void load_weights(Word<precision>* to, const ForwardLayer& layer) {
  const auto value = [&](int output, int input) {
    if (output >= layer.outputs || input >= layer.inputs) return 0.0f;
    return layer.weights.data[output * layer.weights.out + input * layer.weights.in];
  };
  fill_operand<precision>(to, pitch_of(layer.outputs), padded(layer.outputs), padded(layer.inputs),
                          layer.weights.in == 1, value);
}

template <Precision precision>
CAROM_DEVICE void load_tile(Word<precision>* to, const ForwardChain& chain, int tile,
                            std::int64_t row0) {
  const int inputs = chain.layer[0].inputs;
  const auto value = [&](int row, int column) {
    if (row0 + row >= chain.rows || column >= inputs) return 0.0f;
    return chain.x.data[(row0 + row) * chain.x.stride + column];
  };
  fill_operand<precision>(to, pitch_of(tile), tile, padded(inputs), true, value);
}

/// A block takes every gridDim.x-th tile of rows through all layers.
template <Precision precision>
__global__ void __launch_bounds__(kMostThreads, 1)
    forward_kernel(const __grid_constant__ ForwardChain chain,
                   const __grid_constant__ ForwardLayout layout) {
  CAROM_DYNAMIC_SHARED(Word<precision>, shared);
  const int tile = layout.tile, pitch = pitch_of(tile);
  for (int l = 0; l < chain.layers; ++l) {
    load_weights<precision>(shared + layout.weights[l], chain.layer[l]);
  }
  for (std::int64_t row0 = std::int64_t{blockIdx.x} * tile; row0 < chain.rows;
       row0 += std::int64_t{gridDim.x} * tile) {
    const std::int64_t left = chain.rows - row0;
    load_tile<precision>(shared + layout.activations[0], chain, tile, row0);
    for (int l = 0; l < chain.layers; ++l) {
      const ForwardLayer& layer = chain.layer[l];
      const SharedOperand<Word<precision>> x{shared + layout.activations[l % 2], pitch};
      const SharedOperand<Word<precision>> weights{shared + layout.weights[l],
                                                   pitch_of(layer.outputs)};
      Word<precision>* next =
          l + 1 < chain.layers ? shared + layout.activations[(l + 1) % 2] : nullptr;
      __syncthreads();  // x is whole; what `next` replaces has been used
      multiply_tile<precision>(
          x, weights, tile, padded(layer.outputs), padded(layer.inputs),
          Activate<precision>{layer, row0, static_cast<int>(left < tile ? left : tile), next, pitch,
                              pairs_in(layer.y.data, layer.y.stride)});
    }
    __syncthreads();
  }
}

template <Precision precision>
void start_forward(const ForwardChain& chain, const ForwardLayout& layout, Launch& launch) {
  const std::int64_t tiles = (chain.rows + layout.tile - 1) / layout.tile;
  start(launch, static_cast<unsigned>(std::min(tiles, kMostBlocks)),
        static_cast<unsigned>(layout.threads), layout.bytes, forward_kernel<precision>, chain,
        layout);
}

}  // namespace

ForwardLayout lay_out(const ForwardChain& chain, Precision precision, std::size_t shared_bytes) {
  ForwardLayout layout{};
  for (int tile = wanted_tile(chain.rows, kMostBlocks, precision); tile >= 16; tile /= 2) {
    int words = 0, widest[2] = {};
    for (int l = 0; l < chain.layers; ++l) {
      const ForwardLayer& layer = chain.layer[l];
      layout.weights[l] = words;
      words += size_of(precision, layer.inputs, layer.outputs);
      widest[l % 2] = std::max(widest[l % 2], layer.inputs);
    }
    for (int i = 0; i < 2; ++i) {
      layout.activations[i] = words;
      words += size_of(precision, widest[i], tile);
    }
    layout.bytes = static_cast<std::size_t>(words) * sizeof(float);
    layout.threads = threads_for(tile, precision);
    if (layout.bytes > shared_bytes) continue;
    layout.tile = tile;
    break;
  }
  return layout;
}

void run_chain(const ForwardChain& chain, const ForwardLayout& layout, Launch& launch) {
  switch (launch.precision) {
    case Precision::float32: return start_forward<Precision::float32>(chain, layout, launch);
    case Precision::tf32: return start_forward<Precision::tf32>(chain, layout, launch);
    case Precision::bfloat16: return start_forward<Precision::bfloat16>(chain, layout, launch);
  }
}

}  // namespace carom::cuda
