// Many reductions at once: each result is worked out by a team of threads which take shares of what
// is reduced and then join their states. Where results are few, what is reduced is cut into pieces,
// one team each, and a second kernel joins the pieces. The order depends on shapes alone.
//
// A State is plain data with
//   static State first()          of nothing
//   void join(const State&)       takes in another one
// A Job, with State in it, has
//   void feed(State&, result, share)   takes in a share's elements
//   void finish(result, const State&)  writes the result
#pragma once

#include <cstring>

#include "cuda/launch.h"

namespace carom::cuda {

/// As __shfl_xor_sync, of any plain data.
template <class T>
CAROM_DEVICE T shuffle_xor(const T& value, int mask) {
  constexpr int kWords = (sizeof(T) + 3) / 4;
  unsigned words[kWords] = {};
  std::memcpy(words, &value, sizeof(T));
  for (int i = 0; i < kWords; ++i) words[i] = __shfl_xor_sync(0xFFFFFFFFu, words[i], mask);
  T other;
  std::memcpy(&other, words, sizeof(T));
  return other;
}

/// Joins the states of aligned groups of `width` lanes, a power of two up to 32; every lane gets
/// the result. All lanes of the warp must come.
template <class State>
CAROM_DEVICE void join_lanes(State& state, int width) {
  for (int step = width / 2; step > 0; step /= 2) state.join(shuffle_xor(state, step));
}

/// What one thread takes: of the elements from `begin` to `end`, every `of`-th from its own
/// `number` on; or, if the job likes, packs of them in the same way.
struct Share {
  std::int64_t begin, end;
  int number, of;  // of the threads of a team
};

/// How a grid is divided among results. width * height == kThreads.
struct Teams {
  std::int64_t results, count;  // count: elements reduced to one result
  std::int64_t piece;
  int pieces;
  int width, height;  // results of a block, threads of a team
  bool across;        // neighbouring threads have neighbouring results, not elements of one
};

/// Teams for `results` sums of `count` elements.
inline Teams plan_teams(std::int64_t results, std::int64_t count, bool across) {
  constexpr std::int64_t kEnoughBlocks = 1024, kLeast = 16;
  Teams t{results, count, count, 1, 1, kThreads, across};
  const auto widen = [&] { t.width *= 2, t.height /= 2; };
  if (across) {
    while (t.width < 32 && t.width < results) widen();
    while (t.height > count && t.width < results && t.height > 1) widen();
  } else {
    while (t.height > 1 && std::int64_t{t.height} * 4 >= count && t.width < results) widen();
  }
  const std::int64_t blocks = (results + t.width - 1) / t.width;
  if (blocks == 0) return t;
  const std::int64_t most = (count + t.height * kLeast - 1) / (t.height * kLeast);
  const std::int64_t wanted = std::min(most, (kEnoughBlocks + blocks - 1) / blocks);
  if (wanted <= 1) return t;
  const std::int64_t unit = std::int64_t{t.height} * 4;
  t.piece = ((count + wanted - 1) / wanted + unit - 1) / unit * unit;
  t.pieces = static_cast<int>((count + t.piece - 1) / t.piece);
  return t;
}

/// Joins the states of each team of a block; the team's thread 0 has the result.
template <class State>
CAROM_DEVICE void join_team(State& state, const Teams& t, int number) {
  CAROM_SHARED(State, states, kThreads);
  const int thread = static_cast<int>(threadIdx.x);
  __syncthreads();  // an earlier call's states may still be read
  if (t.across) {
    states[thread] = state;
    for (int step = t.height / 2; step > 0; step /= 2) {
      __syncthreads();
      if (number < step) {
        state.join(states[thread + step * t.width]);
        states[thread] = state;
      }
    }
    return;
  }
  join_lanes(state, t.height < 32 ? t.height : 32);
  if (t.height <= 32) return;
  if (thread % 32 == 0) states[thread / 32] = state;
  __syncthreads();
  if (number != 0) return;
  for (int warp = 1; warp < t.height / 32; ++warp) state.join(states[thread / 32 + warp]);
}

/// blockIdx.y counts pieces.
template <class Job>
__global__ void __launch_bounds__(kThreads)
    team_kernel(Job job, Teams t, typename Job::State* pieces) {
  using State = typename Job::State;
  const int thread = static_cast<int>(threadIdx.x);
  const int member = t.across ? thread % t.width : thread / t.height;
  const int number = t.across ? thread / t.width : thread % t.height;
  const std::int64_t begin = blockIdx.y * t.piece;
  const std::int64_t end = begin + t.piece < t.count ? begin + t.piece : t.count;
  for (std::int64_t first = std::int64_t{blockIdx.x} * t.width; first < t.results;
       first += std::int64_t{gridDim.x} * t.width) {
    const std::int64_t result = first + member;
    State state = State::first();
    if (result < t.results) job.feed(state, result, Share{begin, end, number, t.height});
    join_team(state, t, number);
    if (number != 0 || result >= t.results) continue;
    if (t.pieces == 1) job.finish(result, state);
    else pieces[result * t.pieces + blockIdx.y] = state;
  }
}

/// A warp for each result.
template <class Job>
__global__ void __launch_bounds__(kThreads)
    join_pieces(Job job, Teams t, const typename Job::State* pieces) {
  using State = typename Job::State;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  for (std::int64_t result = global_index() / 32; result < t.results;
       result += global_count() / 32) {
    State state = State::first();
    for (int i = lane; i < t.pieces; i += 32) state.join(pieces[result * t.pieces + i]);
    join_lanes(state, 32);
    if (lane == 0) job.finish(result, state);
  }
}

/// Works out all results of a job. Takes the call's work space.
template <class Job>
void run_teams(Launch& launch, const Teams& t, const Job& job) {
  using State = typename Job::State;
  if (t.results == 0) return;
  State* pieces = nullptr;
  if (t.pieces > 1) {
    const auto count = static_cast<std::size_t>(t.results) * static_cast<std::size_t>(t.pieces);
    pieces = reinterpret_cast<State*>(launch.workspace(count * sizeof(State)));
  }
  const std::int64_t blocks = std::min<std::int64_t>((t.results + t.width - 1) / t.width, 1 << 20);
  start(launch, dim3(static_cast<unsigned>(blocks), static_cast<unsigned>(t.pieces)), kThreads, 0,
        team_kernel<Job>, job, t, pieces);
  if (t.pieces == 1) return;
  start(launch, blocks_for(t.results * 32), kThreads, 0, join_pieces<Job>, job, t, pieces);
}

}  // namespace carom::cuda
