// Fused multilayer perceptrons: chains of recorded steps that one kernel carries out for a tile of rows
// at a time, with weights and activations in shared memory. chains.h finds them.
#pragma once

#include "cuda/launch.h"
#include "ops/gemm.h"

namespace carom::cuda {

inline constexpr int kMaxLayers = 4;
/// Features of a layer that fit beside the weights of others, at most.
inline constexpr std::int64_t kWidestForward = 256, kWidestBackward = 128;
/// Below this many rows, a few blocks would do all layers one after the other while the GPU idles.
inline constexpr std::int64_t kLeastRows = 256;
/// Of one launch: the multiprocessors of a large GPU. A constant, so that sums do not depend on the GPU.
inline constexpr std::int64_t kMostBlocks = 132;

/// Rows of float32, each dense; `stride` elements apart.
template <class T>
struct TileRows {
  T* data;  // null: absent
  std::int64_t stride;
};

/// A layer's weights: element (output, input) at data[output * out + input * in].
struct Weights {
  const float* data;  // null: absent
  std::int64_t out, in;
};

struct ForwardLayer {
  int inputs, outputs;
  Weights weights;
  const float* bias;  // null: none
  TileRows<float> y;
  Activation activation;
};

/// y_l = activation(y_{l-1} weights^T + bias), beginning with x.
struct ForwardChain {
  int layers;
  std::int64_t rows;
  TileRows<const float> x;
  ForwardLayer layer[kMaxLayers];
};

struct BackwardLayer {
  int inputs, outputs;
  Activation activation;
  TileRows<const float> y;  // read where there is an activation
  TileRows<float> dz;       // absent: dz is dy, and there is no dbias
  float* dbias;
  TileRows<const float> x;
  TileRows<float> dw;  // its rows are the outputs
  Weights weights;     // with dx
  TileRows<float> dx;  // absent: not wanted, and the last of the chain
};

/// dz = dy * activation'(y), dbias = sum of dz, dw = dz^T x, dx = dz weights, which is dy of the next.
struct BackwardChain {
  int layers;
  std::int64_t rows;
  TileRows<const float> dy;
  BackwardLayer layer[kMaxLayers];
};

/// Where things lie in a block's shared memory (in words of 32 bits), and how a chain is started.
struct ForwardLayout {
  int tile;  // rows; 0: it does not fit
  int threads;
  std::size_t bytes;
  int weights[kMaxLayers];
  int activations[2];
};
struct BackwardLayout {
  int tile;
  int threads;
  std::size_t bytes;
  int weights[kMaxLayers];
  int sums[kMaxLayers];     // -1: they are made in the block's partial sums
  int partial[kMaxLayers];  // where the layer's lie among those
  int size;                 // of the partial sums of one block
  int along[2];             // dz, whose features are summed over for dx; of two layers
  int down;                 // dz, whose rows are summed over for dw
  int inputs;
};

ForwardLayout lay_out(const ForwardChain& chain, Precision precision, std::size_t shared_bytes);
BackwardLayout lay_out(const BackwardChain& chain, Precision precision, std::size_t shared_bytes);

/// Start the kernels. The layout must be that of launch.precision.
void run_chain(const ForwardChain& chain, const ForwardLayout& layout, Launch& launch);
void run_chain(const BackwardChain& chain, const BackwardLayout& layout, Launch& launch);

}  // namespace carom::cuda
