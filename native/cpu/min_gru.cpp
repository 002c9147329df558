// minGruScan and its gradient. Lanes are worked on in strips of kStrip units of one sequence; a rank
// takes its strips through the steps side by side, a cache-sized group of them at a time.
#include "ops/min_gru.h"

#include "cpu/simd.h"

namespace carom::cpu::CAROM_ISA {
namespace {

constexpr std::int64_t kStrip = 64;
constexpr std::int64_t kGroup = 256;  // strips that pass through time together

CAROM_INLINE std::int64_t least(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

struct Strip {
  std::int64_t sequence, begin, end;
};

CAROM_INLINE std::int64_t strip_count(const Sequence& s) {
  return s.batch * ((s.units + kStrip - 1) / kStrip);
}

CAROM_INLINE Strip strip_at(const Sequence& s, std::int64_t i) {
  const std::int64_t across = (s.units + kStrip - 1) / kStrip;
  const std::int64_t begin = i % across * kStrip;
  return {i / across, begin, least(begin + kStrip, s.units)};
}

CAROM_INLINE Vec take(const float* p, int n) { return n == kLanes ? load(p) : load_first(p, n); }

CAROM_INLINE void put(float* p, Vec v, int n) {
  if (n == kLanes) store(p, v);
  else store_first(p, v, n);
}

/// Calls body(j, n) for the vectors of a strip: n lanes from unit j on.
template <class Body>
CAROM_INLINE void for_vectors(const Strip& strip, Body body) {
  for (std::int64_t j = strip.begin; j < strip.end; j += kLanes)
    body(j, static_cast<int>(least(kLanes, strip.end - j)));
}

/// g(x), and its derivative.
CAROM_INLINE Vec fresh(Vec x) { return x >= splat(0) ? x + 0.5f : math::sigmoid(x); }
CAROM_INLINE Vec fresh_slope(Vec x, Vec g) {
  return x >= splat(0) ? splat(1) : g * (1.0f - g);
}

/// factor * x, where a factor of 0 forgets even what is not finite.
CAROM_INLINE Vec kept(Vec factor, Vec x) {
  const Vec product = factor * x;
  return factor == splat(0) ? splat(0) : product;
}

// ------------------------------------------------------------------------------------- forward

/// Scans some steps of some strips. The first step starts from h0 (step 0) or from 0; in the latter
/// case `keeps` [T, B, H] receives the products of (1 - z) since then.
void scan(const MinGruParams& p, Range strips, Range steps, float* keeps) {
  const Sequence& s = p.s;
  for (std::int64_t t = steps.begin; t < steps.end; ++t) {
    const bool first = t == steps.begin;
    for (std::int64_t i = strips.begin; i < strips.end; ++i) {
      const Strip strip = strip_at(s, i);
      const std::int64_t row = t * s.batch + strip.sequence;
      const float *gate = p.gate[row], *candidate = p.candidate[row];
      float* out = p.output + row * s.units;
      const float* before = t == 0 ? p.h0 + strip.sequence * s.units : out - s.batch * s.units;
      const bool reset = s.resets(t, strip.sequence);
      const bool from_zero = reset || (first && t > 0);
      float* keep = keeps == nullptr ? nullptr : keeps + row * s.units;
      for_vectors(strip, [&](std::int64_t j, int n) {
        const Vec z = math::sigmoid(take(gate + j, n)), g = fresh(take(candidate + j, n));
        const Vec h = from_zero ? Vec{} : take(before + j, n);
        put(out + j, h + z * (g - h), n);
        if (keep == nullptr) return;
        const Vec so_far = first ? splat(1) : take(keep - s.batch * s.units + j, n);
        put(keep + j, reset ? Vec{} : so_far * (1.0f - z), n);
      });
    }
  }
}

/// ends[c]: the true state at the end of chunk c.
void join_chunks(const MinGruParams& p, Range strips, const float* keeps, float* ends) {
  const Sequence& s = p.s;
  const std::int64_t lanes = s.batch * s.units;
  for (std::int64_t end = p.chunk; end < s.steps + p.chunk; end += p.chunk) {
    const std::int64_t chunk = end / p.chunk - 1, last = least(end, s.steps) - 1;
    for (std::int64_t i = strips.begin; i < strips.end; ++i) {
      const Strip strip = strip_at(s, i);
      const std::int64_t lane = strip.sequence * s.units;
      for_vectors(strip, [&](std::int64_t j, int n) {
        Vec h = take(p.output + last * lanes + lane + j, n);
        if (chunk > 0) {
          h += kept(take(keeps + last * lanes + lane + j, n),
                    take(ends + (chunk - 1) * lanes + lane + j, n));
        }
        put(ends + chunk * lanes + lane + j, h, n);
      });
    }
  }
}

/// Adds what the state before the chunk still contributes.
void add_state(const MinGruParams& p, Range strips, Range steps, const float* keeps,
               const float* state) {
  const Sequence& s = p.s;
  for (std::int64_t t = steps.begin; t < steps.end; ++t) {
    for (std::int64_t i = strips.begin; i < strips.end; ++i) {
      const Strip strip = strip_at(s, i);
      const std::int64_t at = (t * s.batch + strip.sequence) * s.units;
      const float* carried = state + strip.sequence * s.units;
      for_vectors(strip, [&](std::int64_t j, int n) {
        const Vec added = kept(take(keeps + at + j, n), take(carried + j, n));
        put(p.output + at + j, take(p.output + at + j, n) + added, n);
      });
    }
  }
}

// ------------------------------------------------------------------------------------ backward

/// What the gradients of one vector are made of. dh: of the state after the step.
struct StepGradient {
  Vec dgate, dcandidate, carried;
};

CAROM_INLINE StepGradient step_gradient(Vec dh, Vec gate, Vec candidate, Vec before, bool reset) {
  const Vec z = math::sigmoid(gate), g = fresh(candidate);
  return {dh * (g - before) * z * (1.0f - z), dh * z * fresh_slope(candidate, g),
          reset ? Vec{} : dh * (1.0f - z)};
}

/// Steps in reverse. The gradient of the state is carried in dh0, or, within a chunk, added from
/// `carried` [B, H], the gradient that reaches the chunk's end.
void scan_backward(const MinGruBackwardParams& p, Range strips) {
  const Sequence& s = p.s;
  for (std::int64_t i = strips.begin; i < strips.end; ++i) {
    const Strip strip = strip_at(s, i);
    float* carry = p.dh0 + strip.sequence * s.units;
    for_vectors(strip, [&](std::int64_t j, int n) { put(carry + j, Vec{}, n); });
  }
  for (std::int64_t t = s.steps - 1; t >= 0; --t) {
    for (std::int64_t i = strips.begin; i < strips.end; ++i) {
      const Strip strip = strip_at(s, i);
      const std::int64_t row = t * s.batch + strip.sequence;
      const float *dy = p.dy + row * s.units, *gate = p.gate[row], *candidate = p.candidate[row];
      const float* before = t == 0 ? p.h0 + strip.sequence * s.units
                                   : p.output + (row - s.batch) * s.units;
      float *dgate = p.dgate[row], *dcandidate = p.dcandidate[row];
      float* carry = p.dh0 + strip.sequence * s.units;
      const bool reset = s.resets(t, strip.sequence);
      for_vectors(strip, [&](std::int64_t j, int n) {
        const Vec dh = take(dy + j, n) + take(carry + j, n);
        const Vec state = reset ? Vec{} : take(before + j, n);
        const StepGradient d =
            step_gradient(dh, take(gate + j, n), take(candidate + j, n), state, reset);
        put(dgate + j, d.dgate, n);
        put(dcandidate + j, d.dcandidate, n);
        put(carry + j, d.carried, n);
      });
    }
  }
}

/// Within a chunk: dcandidate becomes the gradient of the state as far as this chunk's outputs go,
/// dgate the factor of what reaches the chunk's end.
void scan_chunk_backward(const MinGruBackwardParams& p, Range strips, Range steps) {
  const Sequence& s = p.s;
  for (std::int64_t t = steps.end - 1; t >= steps.begin; --t) {
    const bool last = t == steps.end - 1;
    for (std::int64_t i = strips.begin; i < strips.end; ++i) {
      const Strip strip = strip_at(s, i);
      const std::int64_t row = t * s.batch + strip.sequence, next = row + s.batch;
      const bool cut = last || s.resets(t + 1, strip.sequence);
      const float* dy = p.dy + row * s.units;
      for_vectors(strip, [&](std::int64_t j, int n) {
        Vec dh = take(dy + j, n), factor = last ? splat(1) : Vec{};
        if (!cut) {
          const Vec keep = 1.0f - math::sigmoid(take(p.gate[next] + j, n));
          dh += keep * take(p.dcandidate[next] + j, n);
          factor = keep * take(p.dgate[next] + j, n);
        }
        put(p.dcandidate[row] + j, dh, n);
        put(p.dgate[row] + j, factor, n);
      });
    }
  }
}

/// carried[c]: the gradient that reaches the end of chunk c; dh0 what reaches the very beginning.
void join_chunks_backward(const MinGruBackwardParams& p, Range strips, float* carried) {
  const Sequence& s = p.s;
  const std::int64_t lanes = s.batch * s.units, chunks = (s.steps + p.chunk - 1) / p.chunk;
  for (std::int64_t c = chunks - 1; c >= 0; --c) {
    for (std::int64_t i = strips.begin; i < strips.end; ++i) {
      const Strip strip = strip_at(s, i);
      const std::int64_t row = c * p.chunk * s.batch + strip.sequence;
      const std::int64_t lane = strip.sequence * s.units;
      const bool reset = s.resets(c * p.chunk, strip.sequence);
      float* own = carried + c * lanes + lane;
      float* target = c == 0 ? p.dh0 + lane : own - lanes;
      for_vectors(strip, [&](std::int64_t j, int n) {
        if (c == chunks - 1) put(own + j, Vec{}, n);
        const Vec dh = take(p.dcandidate[row] + j, n) +
                       kept(take(p.dgate[row] + j, n), take(own + j, n));
        const Vec keep = 1.0f - math::sigmoid(take(p.gate[row] + j, n));
        put(target + j, reset ? Vec{} : keep * dh, n);
      });
    }
  }
}

/// Turns what scan_chunk_backward left into the gradients.
void finish_chunk_backward(const MinGruBackwardParams& p, Range strips, Range steps,
                           const float* carried) {
  const Sequence& s = p.s;
  for (std::int64_t t = steps.begin; t < steps.end; ++t) {
    for (std::int64_t i = strips.begin; i < strips.end; ++i) {
      const Strip strip = strip_at(s, i);
      const std::int64_t row = t * s.batch + strip.sequence;
      const float* before = t == 0 ? p.h0 + strip.sequence * s.units
                                   : p.output + (row - s.batch) * s.units;
      const float* end = carried + strip.sequence * s.units;
      const bool reset = s.resets(t, strip.sequence);
      for_vectors(strip, [&](std::int64_t j, int n) {
        float *dgate = p.dgate[row] + j, *dcandidate = p.dcandidate[row] + j;
        const Vec dh = take(dcandidate, n) + kept(take(dgate, n), take(end + j, n));
        const Vec state = reset ? Vec{} : take(before + j, n);
        const StepGradient d = step_gradient(dh, take(p.gate[row] + j, n),
                                             take(p.candidate[row] + j, n), state, reset);
        put(dgate, d.dgate, n);
        put(dcandidate, d.dcandidate, n);
      });
    }
  }
}

// ---------------------------------------------------------------------------------------- both

/// Calls body(strips) for groups of this rank's strips.
template <class Body>
CAROM_INLINE void for_groups(const Sequence& s, const Team& team, Body body) {
  const Range mine = team.share(strip_count(s));
  for (std::int64_t i = mine.begin; i < mine.end; i += kGroup)
    body(Range{i, least(i + kGroup, mine.end)});
}

/// Calls body(strips, steps, chunk) for this rank's share of all chunks of all strips.
template <class Body>
CAROM_INLINE void for_chunks(const Sequence& s, std::int64_t chunk, const Team& team, Body body) {
  const std::int64_t strips = strip_count(s), chunks = (s.steps + chunk - 1) / chunk;
  const Range mine = team.share(strips * chunks);
  for (std::int64_t i = mine.begin; i < mine.end; ++i) {
    const std::int64_t c = i / strips, strip = i % strips;
    body(Range{strip, strip + 1}, Range{c * chunk, least((c + 1) * chunk, s.steps)}, c);
  }
}

}  // namespace

void min_gru(const MinGruParams& p, const Team& team) {
  const Sequence& s = p.s;
  if (p.chunk == s.steps) {
    return for_groups(s, team, [&](Range strips) { scan(p, strips, {0, s.steps}, nullptr); });
  }
  const std::int64_t lanes = s.batch * s.units;
  float* keeps = reinterpret_cast<float*>(team.scratch);
  float* ends = keeps + s.steps * lanes;
  if (team.phase == 1) {
    return for_groups(s, team, [&](Range strips) { join_chunks(p, strips, keeps, ends); });
  }
  for_chunks(s, p.chunk, team, [&](Range strips, Range steps, std::int64_t c) {
    if (team.phase == 0) scan(p, strips, steps, c == 0 ? nullptr : keeps);
    else if (c > 0) add_state(p, strips, steps, keeps, ends + (c - 1) * lanes);
  });
}

void min_gru_backward(const MinGruBackwardParams& p, const Team& team) {
  const Sequence& s = p.s;
  if (p.chunk == s.steps) {
    return for_groups(s, team, [&](Range strips) { scan_backward(p, strips); });
  }
  float* carried = reinterpret_cast<float*>(team.scratch);
  if (team.phase == 1) {
    return for_groups(s, team, [&](Range strips) { join_chunks_backward(p, strips, carried); });
  }
  for_chunks(s, p.chunk, team, [&](Range strips, Range steps, std::int64_t c) {
    if (team.phase == 0) scan_chunk_backward(p, strips, steps);
    else finish_chunk_backward(p, strips, steps, carried + c * s.batch * s.units);
  });
}

}  // namespace carom::cpu::CAROM_ISA
