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
};

/* Faults: the number of a site + 1 (checked builds), or this. */
#define CAROM_BAD_ACTION (-1)

/* ---- one game --------------------------------------------------------------------------------- */

CAROM_FN void carom_fault_at(const CaromBatch& b, long long env, int fault) {
  if (b.faults != nullptr && b.faults[env] == 0) b.faults[env] = fault;
}

CAROM_FN CaromRow<float> carom_row(float* rows, const CaromBatch& b, long long env) {
  return CaromRow<float>{rows + env * b.obs_game, b.obs_entry};
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
  return carom_game_step(g, fits ? given : 0);
#else
  CAROM_ACTION action[CAROM_ACTION_WIDTH];
  for (int i = 0; i < CAROM_ACTION_WIDTH; i++) {
    const CAROM_ACTION given = b.actions[env * CAROM_ACTION_WIDTH + i];
    const CAROM_ACTION low = carom_action_low[i], high = carom_action_high[i];
    const bool fits = CAROM_ACTION_CLIPS ? given == given : given >= low && given <= high;
    if (!fits) carom_fault_at(b, env, CAROM_BAD_ACTION);
    action[i] = !fits || given < low ? low : given > high ? high : given;
  }
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
    b.episode_returns[env] = total;
    b.episode_lengths[env] = length;
    carom_begin_episode(g, b, env, b.episodes[env] + 1);
  }
#if CAROM_CHECKED
  if (g.fault != 0) carom_fault_at(b, env, g.fault);
#endif
  carom_save(g, b.state, b.count, env);
}

/* Pictures of the games, one warp per game. */
struct CaromPictures {
  unsigned char* state; /* as in CaromBatch */
  long long count;      /* games */
  unsigned char* bytes; /* picture e begins at e * stride */
  long long stride;     /* bytes from one picture to the next */
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
