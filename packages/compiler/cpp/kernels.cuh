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
  int* counts;                    /* [4, count]: see CaromCount */
  double* numbers;                /* [8, count]: see CaromNumber */
  const CAROM_ACTION* actions;    /* [count, A] */
  float* rewards;                 /* [count] */
  unsigned char* terminated;      /* [count] */
  unsigned char* truncated;       /* [count] */
  float* observations;            /* (or null) entry k of game e at e * obs_game + k * obs_entry */
  float* final_observations;      /* (or null) the same; valid where an episode has just ended */
  long long obs_game;             /* env-major: entries of an observation; feature-major: 1 */
  long long obs_entry;            /* env-major: 1; feature-major: games */
  unsigned char* masks;           /* [count, A]: 1 for every legal action; for games with legal() */
  unsigned char* log;             /* [max_steps, count, CAROM_ACTION_BYTES] (or null): decisions of the episodes
                                     being played, as actionWriter of @carom/envs writes them */
  unsigned char* final_state;     /* (or null) as state: of a game whose episode has just ended, at its end */
  const unsigned char* skip;      /* [count] (or null): 1 for games that do not play */
};

/* Whole numbers of each game. */
enum CaromCount {
  CAROM_EPISODE,      /* episode being played */
  CAROM_LENGTH,       /* its decisions so far */
  CAROM_ENDED_LENGTH, /* those of the episode that ended last */
  CAROM_FAULT         /* the first fault: the number of a site + 1 (checked builds), or one of these */
};
#define CAROM_BAD_ACTION (-1)
#define CAROM_BAD_REWARD (-2)

/* Doubles of each game. */
enum CaromNumber {
  CAROM_RETURN,       /* raw rewards of the episode being played */
  CAROM_SEED,         /* its seed */
  CAROM_ENDED_RETURN, /* return of the episode that ended last */
  CAROM_TOTALS        /* and from here on, of all that have ended: number, sum, least and greatest return, lengths */
};

/* ---- one game --------------------------------------------------------------------------------- */

CAROM_FN int& carom_count(const CaromBatch& b, long long env, CaromCount which) {
  return b.counts[which * b.count + env];
}

CAROM_FN double& carom_number(const CaromBatch& b, long long env, CaromNumber which) {
  return b.numbers[which * b.count + env];
}

CAROM_FN void carom_fault_at(const CaromBatch& b, long long env, int fault) {
  int& first = carom_count(b, env, CAROM_FAULT);
  if (first == 0) first = fault;
}

CAROM_FN void carom_show(CaromGame& g, const CaromBatch& b, long long env, float* rows) {
  if (rows != nullptr) carom_game_observe(g, CaromRow<float>{rows + env * b.obs_game, b.obs_entry});
}

/* Keeps the next decision of the episode being played. */
CAROM_FN void carom_log(const CaromBatch& b, long long env, const CAROM_ACTION* action) {
  if (b.log == nullptr) return;
  const long long at = carom_count(b, env, CAROM_LENGTH);
  unsigned char* out = b.log + (at * b.count + env) * CAROM_ACTION_BYTES;
#if CAROM_ACTION_CLIPS
  const unsigned char* bytes = (const unsigned char*)action;
  for (int i = 0; i < CAROM_ACTION_BYTES; i++) out[i] = bytes[i];
#else
  for (int i = 0; i < CAROM_ACTION_BYTES; i++) out[i] = (unsigned char)action[i];
#endif
}

/* Begins the totals of a game anew. */
CAROM_FN void carom_clear_totals(double* totals, long long count) {
  totals[0] = totals[count] = totals[4 * count] = 0.0;
  totals[2 * count] = CAROM_INF;
  totals[3 * count] = -CAROM_INF;
}

CAROM_FN void carom_count_episode(const CaromBatch& b, long long env, double total, int length) {
  carom_number(b, env, CAROM_ENDED_RETURN) = total;
  carom_count(b, env, CAROM_ENDED_LENGTH) = length;
  double* totals = &carom_number(b, env, CAROM_TOTALS);
  totals[0] += 1.0;
  totals[b.count] += total;
  if (total < totals[2 * b.count]) totals[2 * b.count] = total;
  if (total > totals[3 * b.count]) totals[3 * b.count] = total;
  totals[4 * b.count] += (double)length;
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
  carom_count(b, env, CAROM_EPISODE) = episode;
  carom_count(b, env, CAROM_LENGTH) = 0;
  carom_number(b, env, CAROM_RETURN) = 0.0;
  carom_number(b, env, CAROM_SEED) = seed;
  carom_game_seed(g, seed);
  carom_game_reset(g);
  carom_show(g, b, env, b.observations);
  carom_mark_legal(g, b, env);
}

/* Plays the action of a game; what is none becomes action 0 and is reported. */
CAROM_FN double carom_play(CaromGame& g, const CaromBatch& b, long long env) {
#if CAROM_ACTION_WIDTH == 0
  const int given = b.actions[env];
  const bool fits = given >= 0 && given < CAROM_ACTION_COUNT;
  if (!fits) carom_fault_at(b, env, CAROM_BAD_ACTION);
  const int action = fits ? given : 0;
  carom_log(b, env, &action);
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
  carom_log(b, env, action);
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
  carom_count(b, env, CAROM_FAULT) = 0;
  carom_clear_totals(&carom_number(b, env, CAROM_TOTALS), b.count);
#if CAROM_HAS_LEGAL
  for (int i = 0; i < CAROM_ACTION_COUNT; i++) b.masks[env * CAROM_ACTION_COUNT + i] = 1;
#endif
  carom_begin_episode(g, b, env, 0);
  carom_save(g, b.state, b.count, env);
}

extern "C" __global__ void __launch_bounds__(CAROM_THREADS) carom_step(CaromBatch b) {
  const long long env = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (env >= b.count || (b.skip != nullptr && b.skip[env] != 0)) return;
  CaromGame g;
  carom_attach(g, b.state, b.count, env);
  carom_restore(g, b.state, b.count, env);
  const bool second = carom_is_second(g);
  const double reward = carom_play(g, b, env);
  const int length = carom_count(b, env, CAROM_LENGTH) + 1;
  const bool terminated = carom_is_terminated(g);
  const bool ended = terminated || length >= b.max_steps;
  if ((float)reward - (float)reward != 0.0f) carom_fault_at(b, env, CAROM_BAD_REWARD);
  const double total = carom_number(b, env, CAROM_RETURN) + (second ? 0.0 - reward : reward);
  b.rewards[env] = (float)reward;
  b.terminated[env] = terminated ? 1 : 0;
  b.truncated[env] = ended && !terminated ? 1 : 0;
  carom_show(g, b, env, ended ? b.final_observations : b.observations);
  if (!ended) {
    carom_count(b, env, CAROM_LENGTH) = length;
    carom_number(b, env, CAROM_RETURN) = total;
    carom_mark_legal(g, b, env);
  } else {
    carom_count_episode(b, env, total, length);
    if (b.final_state != nullptr) {
      carom_save(g, b.state, b.count, env);
      carom_copy(b.final_state, b.state, b.count, env);
    }
    carom_begin_episode(g, b, env, carom_count(b, env, CAROM_EPISODE) + 1);
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
  carom_show(g, b, env, b.observations);
  carom_mark_legal(g, b, env);
}

/* Adds up the totals of all games, always in the same order, and begins them anew: one block of threads. */
struct CaromSummary {
  double* numbers;   /* as in CaromBatch */
  long long count;   /* games */
  const int* counts; /* as in CaromBatch */
  double* summary;   /* [6]: the totals of all games together, and how many games have a fault */
};
#define CAROM_SUMMARY_THREADS 256

extern "C" __global__ void __launch_bounds__(CAROM_SUMMARY_THREADS) carom_summarise(CaromSummary s) {
  __shared__ double parts[6 * CAROM_SUMMARY_THREADS];
  const int thread = threadIdx.x;
  double own[6] = {0.0, 0.0, CAROM_INF, -CAROM_INF, 0.0, 0.0};
  for (long long env = thread; env < s.count; env += CAROM_SUMMARY_THREADS) {
    double* totals = s.numbers + CAROM_TOTALS * s.count + env;
    own[0] += totals[0];
    own[1] += totals[s.count];
    if (totals[2 * s.count] < own[2]) own[2] = totals[2 * s.count];
    if (totals[3 * s.count] > own[3]) own[3] = totals[3 * s.count];
    own[4] += totals[4 * s.count];
    own[5] += s.counts[CAROM_FAULT * s.count + env] != 0 ? 1.0 : 0.0;
    carom_clear_totals(totals, s.count);
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
