// minGruScan and its gradient: a thread takes one unit of one sequence (a lane) through the steps, or,
// where lanes are few, through one chunk of them. Then there are three kernels: what each chunk makes
// of 0 and how much of the state before it is left at its end; the states between the chunks; the scan
// from those states. Chunks depend on the shape alone.
#include "cuda/launch.h"
#include "ops/functors.h"
#include "ops/min_gru.h"

namespace carom::cuda {
namespace {

using functors::Sigmoid;

constexpr std::int64_t kEnoughThreads = 65536;
constexpr std::int64_t kShortestChunk = 16;

/// Steps of a chunk.
std::int64_t choose_chunk(const Sequence& s) {
  const std::int64_t lanes = s.batch * s.units;
  const std::int64_t wanted = std::min(kEnoughThreads / lanes, s.steps / kShortestChunk);
  return wanted <= 1 ? std::max<std::int64_t>(1, s.steps) : (s.steps + wanted - 1) / wanted;
}

struct Chunks {
  std::int64_t length, count;
  float* ends;    // [count, lanes]: what a chunk makes of 0
  float* keeps;   // how much of what comes before is left
  float* begins;  // the true state (or gradient) that a chunk begins with
};

Chunks plan_chunks(const Sequence& s, Launch& launch) {
  Chunks c{choose_chunk(s), 1, nullptr, nullptr, nullptr};
  c.count = std::max<std::int64_t>(1, (s.steps + c.length - 1) / c.length);
  if (c.count == 1) return c;
  const std::int64_t size = c.count * s.batch * s.units;
  c.ends = reinterpret_cast<float*>(
      launch.workspace(static_cast<std::size_t>(3 * size) * sizeof(float)));
  c.keeps = c.ends + size;
  c.begins = c.keeps + size;
  return c;
}

/// A lane of a chunk.
struct Lane {
  std::int64_t chunk, lane, b, j, begin, end;

  CAROM_DEVICE Lane(const Sequence& s, const Chunks& c, std::int64_t number) {
    const std::int64_t lanes = s.batch * s.units;
    chunk = number / lanes;
    lane = number % lanes;
    b = lane / s.units;
    j = lane % s.units;
    begin = chunk * c.length;
    end = begin + c.length < s.steps ? begin + c.length : s.steps;
  }
};

CAROM_DEVICE float fresh(float x) { return x >= 0 ? x + 0.5f : Sigmoid{}(x); }

/// factor * x, where a factor of 0 forgets even what is not finite.
CAROM_DEVICE float kept(float factor, float x) { return factor == 0 ? 0.0f : factor * x; }

// ------------------------------------------------------------------------------------- forward

/// The ends and keeps of chunks.
__global__ void ends_kernel(MinGruParams p, Chunks c) {
  const Sequence& s = p.s;
  const std::int64_t total = c.count * s.batch * s.units;
  for (std::int64_t i = global_index(); i < total; i += global_count()) {
    const Lane at(s, c, i);
    float h = 0, keep = 1;
    for (std::int64_t t = at.begin; t < at.end; ++t) {
      const std::int64_t row = t * s.batch + at.b;
      const float z = Sigmoid{}(p.gate[row][at.j]), g = fresh(p.candidate[row][at.j]);
      const bool reset = s.resets(t, at.b);
      if (reset) h = 0;
      h += z * (g - h);
      keep = reset ? 0.0f : keep * (1.0f - z);
    }
    c.ends[i] = h;
    c.keeps[i] = keep;
  }
}

__global__ void join_kernel(MinGruParams p, Chunks c) {
  const std::int64_t lanes = p.s.batch * p.s.units;
  for (std::int64_t i = global_index(); i < lanes; i += global_count()) {
    float h = p.h0[i];
    for (std::int64_t chunk = 0; chunk < c.count; ++chunk) {
      const std::int64_t at = chunk * lanes + i;
      c.begins[at] = h;
      h = c.ends[at] + kept(c.keeps[at], h);
    }
  }
}

__global__ void scan_kernel(MinGruParams p, Chunks c) {
  const Sequence& s = p.s;
  const std::int64_t total = c.count * s.batch * s.units;
  for (std::int64_t i = global_index(); i < total; i += global_count()) {
    const Lane at(s, c, i);
    float h = c.count == 1 ? p.h0[i] : c.begins[i];
    for (std::int64_t t = at.begin; t < at.end; ++t) {
      const std::int64_t row = t * s.batch + at.b;
      const float z = Sigmoid{}(p.gate[row][at.j]), g = fresh(p.candidate[row][at.j]);
      if (s.resets(t, at.b)) h = 0;
      h += z * (g - h);
      p.output[row * s.units + at.j] = h;
    }
  }
}

// ------------------------------------------------------------------------------------ backward

/// Chunks from their ends: the gradient that a chunk's own outputs send to what comes before, and how
/// much of a gradient at its end gets there.
__global__ void ends_backward_kernel(MinGruBackwardParams p, Chunks c) {
  const Sequence& s = p.s;
  const std::int64_t total = c.count * s.batch * s.units;
  for (std::int64_t i = global_index(); i < total; i += global_count()) {
    const Lane at(s, c, i);
    float carry = 0, keep = 1;
    for (std::int64_t t = at.end - 1; t >= at.begin; --t) {
      const std::int64_t row = t * s.batch + at.b;
      const float rest = 1.0f - Sigmoid{}(p.gate[row][at.j]);
      const bool reset = s.resets(t, at.b);
      carry = reset ? 0.0f : (p.dy[row * s.units + at.j] + carry) * rest;
      keep = reset ? 0.0f : keep * rest;
    }
    c.ends[i] = carry;
    c.keeps[i] = keep;
  }
}

__global__ void join_backward_kernel(MinGruBackwardParams p, Chunks c) {
  const std::int64_t lanes = p.s.batch * p.s.units;
  for (std::int64_t i = global_index(); i < lanes; i += global_count()) {
    float carry = 0;
    for (std::int64_t chunk = c.count - 1; chunk >= 0; --chunk) {
      const std::int64_t at = chunk * lanes + i;
      c.begins[at] = carry;
      carry = c.ends[at] + kept(c.keeps[at], carry);
    }
  }
}

/// Steps in reverse. The first chunk leaves dh0.
__global__ void scan_backward_kernel(MinGruBackwardParams p, Chunks c) {
  const Sequence& s = p.s;
  const std::int64_t lanes = s.batch * s.units;
  for (std::int64_t i = global_index(); i < c.count * lanes; i += global_count()) {
    const Lane at(s, c, i);
    float carry = c.count == 1 ? 0.0f : c.begins[i];
    for (std::int64_t t = at.end - 1; t >= at.begin; --t) {
      const std::int64_t row = t * s.batch + at.b;
      const float x = p.candidate[row][at.j];
      const float z = Sigmoid{}(p.gate[row][at.j]), g = fresh(x);
      const bool reset = s.resets(t, at.b);
      float before = 0;
      if (!reset) before = t == 0 ? p.h0[at.lane] : p.output[(t - 1) * lanes + at.lane];
      const float dh = p.dy[row * s.units + at.j] + carry;
      p.dgate[row][at.j] = dh * (g - before) * z * (1.0f - z);
      p.dcandidate[row][at.j] = dh * z * (x >= 0 ? 1.0f : g * (1.0f - g));
      carry = reset ? 0.0f : dh * (1.0f - z);
    }
    if (at.chunk == 0) p.dh0[at.lane] = carry;
  }
}

}  // namespace

void min_gru(const MinGruParams& p, Launch& launch) {
  const std::int64_t lanes = p.s.batch * p.s.units;
  if (lanes == 0 || p.s.steps == 0) return;
  const Chunks chunks = plan_chunks(p.s, launch);
  const unsigned blocks = blocks_for(lanes * chunks.count);
  if (chunks.count > 1) {
    start(launch, blocks, kThreads, 0, ends_kernel, p, chunks);
    start(launch, blocks_for(lanes), kThreads, 0, join_kernel, p, chunks);
  }
  start(launch, blocks, kThreads, 0, scan_kernel, p, chunks);
}

void min_gru_backward(const MinGruBackwardParams& p, Launch& launch) {
  const std::int64_t lanes = p.s.batch * p.s.units;
  if (lanes == 0) return;
  const Chunks chunks = plan_chunks(p.s, launch);
  const unsigned blocks = blocks_for(lanes * chunks.count);
  if (chunks.count > 1) {
    start(launch, blocks, kThreads, 0, ends_backward_kernel, p, chunks);
    start(launch, blocks_for(lanes), kThreads, 0, join_backward_kernel, p, chunks);
  }
  start(launch, blocks, kThreads, 0, scan_backward_kernel, p, chunks);
}

}  // namespace carom::cuda
