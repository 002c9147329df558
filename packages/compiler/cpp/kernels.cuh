/*
 * Many games on a GPU, one thread per game: what LocalVectorEnv of @carom/envs does, in the same order.
 * An ended game is reset within the same step; its last observation is in `final_observations`.
 *
 * All members are 8 bytes. Pointers are to device memory; those marked (or null) may be null.
 */
struct CaromBatch {
  unsigned char* state;           /* columns, see layout.ts */
  long long count;                /* games */
  long long max_steps;            /* decisions after which an episode is truncated */
  const unsigned* keys;           /* [count, 2]: words of key.child("env", i) */
  int* episodes;                  /* [count]: episode being played */
  int* lengths;                   /* [count]: its decisions so far */
  double* returns;                /* [count]: its raw rewards so far */
  double* seeds;                  /* [count] (or null): its seed */
  const CAROM_ACTION* actions;    /* [count, A] */
  float* rewards;                 /* [count] */
  unsigned char* terminated;      /* [count] */
  unsigned char* truncated;       /* [count] */
  float* observations;            /* entry k of game e at e * obs_game + k * obs_entry */
  float* final_observations;      /* the same; valid where an episode has just ended */
  long long obs_game;             /* env-major: entries of an observation; feature-major: 1 */
  long long obs_entry;            /* env-major: 1; feature-major: games */
  unsigned char* masks;           /* [count, A]: 1 for every legal action; for games with legal() */
  double* episode_returns;        /* [count]: of the episode that has just ended */
  int* episode_lengths;           /* [count] */
  int* faults;                    /* [count] (or null): first fault; see CAROM_BAD_ACTION */
  unsigned char* log;             /* [max_steps, count, CAROM_ACTION_BYTES] (or null): decisions of the episodes
                                     being played, as actionWriter of @carom/envs writes them */
  double* totals;                 /* [5, count] (or null): of each game's episodes that have ended: number, sum,
                                     least and greatest return, sum of lengths */
  unsigned char* final_state;     /* (or null) as state: of a game whose episode has just ended, at its end */
};

/* Faults: the number of a site + 1 (checked builds), or one of these. */
#define CAROM_BAD_ACTION (-1)
#define CAROM_BAD_REWARD (-2)

/* ---- one game --------------------------------------------------------------------------------- */

CAROM_FN void carom_fault_at(const CaromBatch& b, long long env, int fault) {
  if (b.faults != nullptr && b.faults[env] == 0) b.faults[env] = fault;
}

CAROM_FN CaromRow<float> carom_row(float* rows, const CaromBatch& b, long long env) {
  return CaromRow<float>{rows + env * b.obs_game, b.obs_entry};
}

/* Keeps decision `at` of the episode being played. */
CAROM_FN void carom_log(const CaromBatch& b, long long env, long long at, const CAROM_ACTION* action) {
  if (b.log == nullptr) return;
  unsigned char* out = b.log + (at * b.count + env) * CAROM_ACTION_BYTES;
#if CAROM_ACTION_CLIPS
  const unsigned char* bytes = (const unsigned char*)action;
  for (int i = 0; i < CAROM_ACTION_BYTES; i++) out[i] = bytes[i];
#else
  for (int i = 0; i < CAROM_ACTION_BYTES; i++) out[i] = (unsigned char)action[i];
#endif
}

CAROM_FN void carom_clear_totals(const CaromBatch& b, long long env) {
  if (b.totals == nullptr) return;
  b.totals[env] = b.totals[b.count + env] = b.totals[4 * b.count + env] = 0.0;
  b.totals[2 * b.count + env] = CAROM_INF;
  b.totals[3 * b.count + env] = -CAROM_INF;
}

CAROM_FN void carom_count_episode(const CaromBatch& b, long long env, double total, int length) {
  b.episode_returns[env] = total;
  b.episode_lengths[env] = length;
  if (b.totals == nullptr) return;
  double* of_game = b.totals + env;
  of_game[0] += 1.0;
  of_game[b.count] += total;
  if (total < of_game[2 * b.count]) of_game[2 * b.count] = total;
  if (total > of_game[3 * b.count]) of_game[3 * b.count] = total;
  of_game[4 * b.count] += (double)length;
}

CAROM_FN void carom_mark_legal(CaromGame& g, const CaromBatch& b, long long env) {
#if CAROM_HAS_LEGAL
  if (!carom_is_terminated(g)) {
    carom_game_legal(g, CaromRow<unsigned char>{b.masks + env * CAROM_ACTION_COUNT, 1});
  }
#else
  (void)g, (void)b, (void)env;
#endif
}

CAROM_FN void carom_begin_episode(CaromGame& g, const CaromBatch& b, long long env, int episode) {
  const double seed = carom_episode_seed(b.keys[2 * env], b.keys[2 * env + 1], episode);
  b.episodes[env] = episode;
  b.lengths[env] = 0;
  b.returns[env] = 0.0;
  if (b.seeds != nullptr) b.seeds[env] = seed;
  carom_game_seed(g, seed);
  carom_game_reset(g);
  carom_game_observe(g, carom_row(b.observations, b, env));
  carom_mark_legal(g, b, env);
}

/* Plays the action of a game; what is none becomes action 0 and is reported. */
CAROM_FN double carom_play(CaromGame& g, const CaromBatch& b, long long env) {
#if CAROM_ACTION_WIDTH == 0
  const int given = b.actions[env];
  const bool fits = given >= 0 && given < CAROM_ACTION_COUNT;
  if (!fits) carom_fault_at(b, env, CAROM_BAD_ACTION);
  const int action = fits ? given : 0;
  carom_log(b, env, b.lengths[env], &action);
  return carom_game_step(g, action);
#else
  CAROM_ACTION action[CAROM_ACTION_WIDTH];
  for (int i = 0; i < CAROM_ACTION_WIDTH; i++) {
    const CAROM_ACTION given = b.actions[env * CAROM_ACTION_WIDTH + i];
    const CAROM_ACTION low = carom_action_low[i], high = carom_action_high[i];
    const bool fits = CAROM_ACTION_CLIPS ? given == given : given >= low && given <= high;
    if (!fits) carom_fault_at(b, env, CAROM_BAD_ACTION);
    action[i] = !fits || given < low ? low : given > high ? high : given;
  }
  carom_log(b, env, b.lengths[env], action);
  return carom_game_step(g, action);
#endif
}

/* ---- kernels ---------------------------------------------------------------------------------- */

extern "C" __global__ void __launch_bounds__(CAROM_THREADS) carom_reset(CaromBatch b) {
  const long long env = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (env >= b.count) return;
  CaromGame g;
  carom_attach(g, b.state, b.count, env);
  carom_initialise(g);
  b.rewards[env] = 0.0f;
  b.terminated[env] = 0;
  b.truncated[env] = 0;
  carom_clear_totals(b, env);
#if CAROM_HAS_LEGAL
  for (int i = 0; i < CAROM_ACTION_COUNT; i++) b.masks[env * CAROM_ACTION_COUNT + i] = 1;
#endif
  carom_begin_episode(g, b, env, 0);
  carom_save(g, b.state, b.count, env);
}

extern "C" __global__ void __launch_bounds__(CAROM_THREADS) carom_step(CaromBatch b) {
  const long long env = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (env >= b.count) return;
  CaromGame g;
  carom_attach(g, b.state, b.count, env);
  carom_restore(g, b.state, b.count, env);
  const bool second = carom_is_second(g);
  const double reward = carom_play(g, b, env);
  const int length = b.lengths[env] + 1;
  const bool terminated = carom_is_terminated(g);
  const bool ended = terminated || length >= b.max_steps;
  if ((float)reward - (float)reward != 0.0f) carom_fault_at(b, env, CAROM_BAD_REWARD);
  const double total = b.returns[env] + (second ? 0.0 - reward : reward);
  b.rewards[env] = (float)reward;
  b.terminated[env] = terminated ? 1 : 0;
  b.truncated[env] = ended && !terminated ? 1 : 0;
  carom_game_observe(g, carom_row(ended ? b.final_observations : b.observations, b, env));
  if (!ended) {
    b.lengths[env] = length;
    b.returns[env] = total;
    carom_mark_legal(g, b, env);
  } else {
    carom_count_episode(b, env, total, length);
    if (b.final_state != nullptr) {
      carom_save(g, b.state, b.count, env);
      carom_copy(b.final_state, b.state, b.count, env);
    }
    carom_begin_episode(g, b, env, b.episodes[env] + 1);
  }
#if CAROM_CHECKED
  if (g.fault != 0) carom_fault_at(b, env, g.fault);
#endif
  carom_save(g, b.state, b.count, env);
}

/* Writes what the games show and allow now; changes nothing else. */
extern "C" __global__ void __launch_bounds__(CAROM_THREADS) carom_observe(CaromBatch b) {
  const long long env = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (env >= b.count) return;
  CaromGame g;
  carom_attach(g, b.state, b.count, env);
  carom_restore(g, b.state, b.count, env);
  carom_game_observe(g, carom_row(b.observations, b, env));
  carom_mark_legal(g, b, env);
}

/* Adds up the totals of all games, always in the same order, and begins them anew: one block of threads. */
struct CaromSummary {
  double* totals;    /* [5, count] */
  long long count;   /* games */
  const int* faults; /* [count] */
  double* summary;   /* [6]: the same of all games together, and how many games have a fault */
};
#define CAROM_SUMMARY_THREADS 256

extern "C" __global__ void __launch_bounds__(CAROM_SUMMARY_THREADS) carom_summarise(CaromSummary s) {
  __shared__ double parts[6 * CAROM_SUMMARY_THREADS];
  const int thread = threadIdx.x;
  double own[6] = {0.0, 0.0, CAROM_INF, -CAROM_INF, 0.0, 0.0};
  for (long long env = thread; env < s.count; env += CAROM_SUMMARY_THREADS) {
    double* of_game = s.totals + env;
    own[0] += of_game[0];
    own[1] += of_game[s.count];
    if (of_game[2 * s.count] < own[2]) own[2] = of_game[2 * s.count];
    if (of_game[3 * s.count] > own[3]) own[3] = of_game[3 * s.count];
    own[4] += of_game[4 * s.count];
    own[5] += s.faults[env] != 0 ? 1.0 : 0.0;
    of_game[0] = of_game[s.count] = of_game[4 * s.count] = 0.0;
    of_game[2 * s.count] = CAROM_INF;
    of_game[3 * s.count] = -CAROM_INF;
  }
  for (int k = 0; k < 6; k++) parts[k * CAROM_SUMMARY_THREADS + thread] = own[k];
  for (int half = CAROM_SUMMARY_THREADS / 2; half > 0; half /= 2) {
    __syncthreads();
    for (int k = 0; k < 6 && thread < half; k++) {
      double* at = parts + k * CAROM_SUMMARY_THREADS + thread;
      if (k == 2) at[0] = at[half] < at[0] ? at[half] : at[0];
      else if (k == 3) at[0] = at[half] > at[0] ? at[half] : at[0];
      else at[0] += at[half];
    }
  }
  __syncthreads();
  if (thread < 6) s.summary[thread] = parts[thread * CAROM_SUMMARY_THREADS];
}

/* Pictures of the games, one warp per game. */
struct CaromPictures {
  unsigned char* state;            /* as in CaromBatch */
  long long count;                 /* games */
  unsigned char* bytes;            /* picture e begins at e * stride */
  long long stride;                /* bytes from one picture to the next */
  const unsigned char* terminated; /* [count] (or null): only games whose episode has just ended are painted */
  const unsigned char* truncated;  /* the same; both or none */
};

/* Small pictures are painted in shared memory and copied out in one go. */
#define CAROM_PICTURE (CAROM_WIDTH * CAROM_HEIGHT * CAROM_CHANNELS)
#define CAROM_WARPS 4
#define CAROM_SHARED (CAROM_PICTURE * CAROM_WARPS <= 49152)

extern "C" __global__ void __launch_bounds__(CAROM_WARPS * CAROM_LANES) carom_pixels(CaromPictures p) {
#if CAROM_SHARED
  __shared__ unsigned char tiles[CAROM_WARPS * CAROM_PICTURE];
#endif
  const int warp = threadIdx.x / CAROM_LANES;
  const long long env = (long long)blockIdx.x * CAROM_WARPS + warp;
  if (env >= p.count) return;
  if (p.terminated != nullptr && !p.terminated[env] && !p.truncated[env]) return;
  CaromGame g;
  carom_attach(g, p.state, p.count, env);
  carom_restore(g, p.state, p.count, env);
  unsigned char* out = p.bytes + env * p.stride;
  CaromCanvas canvas;
  canvas.lane = threadIdx.x % CAROM_LANES;
#if CAROM_SHARED
  canvas.bytes = tiles + warp * CAROM_PICTURE;
#else
  canvas.bytes = out;
#endif
  carom_begin(canvas);
  carom_game_draw(g, canvas);
#if CAROM_SHARED
  for (int i = canvas.lane; i < CAROM_PICTURE; i += CAROM_LANES) out[i] = canvas.bytes[i];
#endif
}
