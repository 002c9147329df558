#include "cuda/gemm_kernel.h"
#include "cuda/tensor_core.h"

namespace carom::cuda {
namespace {

using Large = Tile<128, 128, 8, 8>;
using Medium = Tile<64, 64, 8, 4>;
using Small = Tile<32, 32, 4, 4>;
using Thin = Tile<16, 128, 4, 4>;
using Narrow = Tile<128, 16, 4, 4>;
using MediumDouble = Tile<64, 64, 4, 4>;

constexpr std::int64_t kBusyBlocks = 132;     // that keep a large GPU busy
constexpr std::int64_t kShortestPiece = 128;  // of K, worth a block of its own

struct TileSize {
  std::int64_t rows, columns;
};

template <class Tile>
constexpr TileSize kSizeOf = {Tile::rows, Tile::columns};

TileSize size_of(TileKind kind) {
  switch (kind) {
    case TileKind::large: return kSizeOf<Large>;
    case TileKind::medium: return kSizeOf<Medium>;
    case TileKind::small: return kSizeOf<Small>;
    case TileKind::thin: return kSizeOf<Thin>;
    case TileKind::narrow: return kSizeOf<Narrow>;
  }
  return kSizeOf<Small>;
}

std::int64_t tile_count(TileKind kind, std::int64_t m, std::int64_t n) {
  const TileSize size = size_of(kind);
  return ((m + size.rows - 1) / size.rows) * ((n + size.columns - 1) / size.columns);
}

/// The largest tiles that are mostly filled and keep the GPU busy.
TileKind choose_tile(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t count) {
  if (m <= Thin::rows && n > Small::columns) return TileKind::thin;
  if (n <= Narrow::columns && m > Small::rows) return TileKind::narrow;
  const std::int64_t most_pieces = std::max<std::int64_t>(1, k / kShortestPiece);
  for (const TileKind kind : {TileKind::large, TileKind::medium}) {
    const std::int64_t tiles = tile_count(kind, m, n);
    const TileSize size = size_of(kind);
    const bool filled = 3 * tiles * size.rows * size.columns <= 4 * m * n;
    if (filled && tiles * count * most_pieces >= kBusyBlocks) return kind;
  }
  return TileKind::small;
}

}  // namespace

Scheme choose_scheme(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t count) {
  const TileKind kind = choose_tile(m, n, k, count);
  const std::int64_t tiles = std::max<std::int64_t>(1, tile_count(kind, m, n) * count);
  const std::int64_t wanted = std::min(2 * kBusyBlocks / tiles, k / kShortestPiece);
  if (wanted <= 1) return {kind, 1, k};
  const std::int64_t piece = (k + wanted - 1) / wanted;
  const std::int64_t rounded = (piece + kTileDepth - 1) / kTileDepth * kTileDepth;
  return {kind, (k + rounded - 1) / rounded, rounded};
}

void multiply(Launch& launch, const Product<float>& p, const Stack& stack, const Scheme& scheme,
              float* partial) {
  const Precision precision = launch.precision;
  run_scheme(launch, p, stack, scheme, partial, [&](const Product<float>& q) {
    if (precision == Precision::tf32) return multiply_tf32(launch, q, stack, scheme);
    if (precision == Precision::bfloat16) return multiply_bfloat16(launch, q, stack, scheme);
    switch (scheme.tile) {
      case TileKind::large: return start_multiply<float, Large>(launch, q, stack, scheme);
      case TileKind::medium: return start_multiply<float, Medium>(launch, q, stack, scheme);
      case TileKind::small: return start_multiply<float, Small>(launch, q, stack, scheme);
      case TileKind::thin: return start_multiply<float, Thin>(launch, q, stack, scheme);
      case TileKind::narrow: return start_multiply<float, Narrow>(launch, q, stack, scheme);
    }
  });
}

void multiply(Launch& launch, const Product<double>& p, const Stack& stack, const Scheme& scheme,
              double* partial) {
  run_scheme(launch, p, stack, scheme, partial, [&](const Product<double>& q) {
    const bool large = scheme.tile == TileKind::large || scheme.tile == TileKind::medium;
    if (large) start_multiply<double, MediumDouble>(launch, q, stack, scheme);
    else start_multiply<double, Small>(launch, q, stack, scheme);
  });
}

void multiply_whole(Launch& launch, const Product<float>& p) {
  multiply(launch, p, {}, {choose_tile(p.m, p.n, 0, 1), 1, p.k}, nullptr);
}

void add_pieces(Launch& launch, const Product<float>& p, const Stack& stack, const float* partial,
                std::int64_t pieces) {
  start_add_pieces(launch, p, stack, partial, pieces);
}

void gemm(const GemmParams& p, Launch& launch) {
  multiply<float>(launch,
                  {p.m, p.n, p.k, p.a, p.a_row, p.a_col, p.b, p.b_row, p.b_col, p.c, p.c_row,
                   p.bias, p.activation, p.accumulate},
                  {});
}

}  // namespace carom::cuda
