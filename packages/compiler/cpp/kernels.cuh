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
  int* counts;                    /* [6, count]: see CaromCount */
  double* numbers;                /* [14, count]: see CaromNumber */
  const CAROM_ACTION* actions;    /* [count, A] */
  float* rewards;                 /* [count] */
  unsigned char* terminated;      /* [count] */
  unsigned char* truncated;       /* [count] */
  float* observations;            /* (or null) entry k of game e at e * obs_game + k * obs_entry */
  float* final_observations;      /* (or null) the same; valid where an episode has just ended */
  long long obs_game;             /* env-major: entries of an observation; feature-major: 1 */
  long long obs_entry;            /* env-major: 1; feature-major: games */
  unsigned char* masks;           /* [count, A]: 1 for every legal action; for games with legal() */
  unsigned char* log;             /* [ring, count, CAROM_ACTION_BYTES] (or null): the last decisions of every game, as
                                     actionWriter of @carom/envs writes them; each at its place modulo ring */
  unsigned char* final_state;     /* (or null) as state: of a game whose episode has just ended, at its end */
  const unsigned char* skip;      /* [count] (or null): 1 for games that do not play */
  long long ring;                 /* decisions of a game that the log holds */
  long long wrap;                 /* a multiple of ring: places are below it */
  double* ends;                   /* [most_ends, watched, 4] (or null): episodes of the first games that have ended since
                                     CAROM_ENDS was 0: return, length, 1 where the rules ended it, time */
  long long watched;              /* how many first games */
  long long most_ends;            /* ends of a game that are kept; more are only counted */
  long long time;                 /* number of the step, for the ends */
  const int* clock;               /* [1] (or null): is added to it */
  int* lives;                     /* [count] (or null): lives that are left; for games that have some */
};

/* Whole numbers of each game. */
enum CaromCount {
  CAROM_EPISODE,      /* episode being played */
  CAROM_LENGTH,       /* its decisions so far */
  CAROM_ENDED_LENGTH, /* those of the episode that ended last */
  CAROM_FAULT,        /* the first fault: the number of a site + 1 (checked builds), or one of these */
  CAROM_PLACE,        /* place of the next decision in the log */
  CAROM_ENDS          /* episodes that have ended since this was set to 0 */
};
#define CAROM_BAD_ACTION (-1)
#define CAROM_BAD_REWARD (-2)

/* Doubles of each game. */
enum CaromNumber {
  CAROM_RETURN,       /* raw rewards of the episode being played */
  CAROM_SEED,         /* its seed */
  CAROM_ENDED_RETURN, /* return of the episode that ended last */
  CAROM_TOTALS        /* and from here on, of all that have ended: see CaromTotal */
};

/* Doubles of each game over the episodes that ended since they were last added up. */
enum CaromTotal {
  CAROM_NUMBER,               /* how many */
  CAROM_RETURNS,              /* sum of their returns */
  CAROM_LENGTHS,              /* sum of their decisions */
  CAROM_LEAST,                /* the one with the least return: see CaromExtreme */
  CAROM_GREATEST = CAROM_LEAST + 4,
  CAROM_TOTAL_ROWS = CAROM_GREATEST + 4
};

/* What is known of the least and the greatest. */
enum CaromExtreme {
  CAROM_ITS_RETURN,
  CAROM_ITS_EPISODE,
  CAROM_ITS_LENGTH, /* negative where a limit cut it */
  CAROM_ITS_PLACE   /* one after the place of its last decision in the log */
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
  int& place = carom_count(b, env, CAROM_PLACE);
  unsigned char* out = b.log + (place % (int)b.ring * b.count + env) * CAROM_ACTION_BYTES;
  place = place + 1 == (int)b.wrap ? 0 : place + 1;
#if CAROM_ACTION_CLIPS
  const unsigned char* bytes = (const unsigned char*)action;
  for (int i = 0; i < CAROM_ACTION_BYTES; i++) out[i] = bytes[i];
#else
  for (int i = 0; i < CAROM_ACTION_BYTES; i++) out[i] = (unsigned char)action[i];
#endif
}

/* Begins the totals of a game anew. */
CAROM_FN void carom_clear_totals(double* totals, long long count) {
  totals[CAROM_NUMBER * count] = totals[CAROM_RETURNS * count] = totals[CAROM_LENGTHS * count] = 0.0;
  totals[CAROM_LEAST * count] = CAROM_INF;
  totals[CAROM_GREATEST * count] = -CAROM_INF;
}

CAROM_FN void carom_keep_extreme(const CaromBatch& b, long long env, double* row, double total, double length) {
  row[CAROM_ITS_RETURN * b.count] = total;
  row[CAROM_ITS_EPISODE * b.count] = (double)carom_count(b, env, CAROM_EPISODE);
  row[CAROM_ITS_LENGTH * b.count] = length;
  row[CAROM_ITS_PLACE * b.count] = (double)carom_count(b, env, CAROM_PLACE);
}

/* Counts an episode that has ended, before the next one begins. */
CAROM_FN void carom_add_totals(const CaromBatch& b, long long env, double total, int length, bool terminated) {
  double* totals = &carom_number(b, env, CAROM_TOTALS);
  double *least = totals + CAROM_LEAST * b.count, *greatest = totals + CAROM_GREATEST * b.count;
  const double marked = terminated ? (double)length : (double)-length;
  totals[CAROM_NUMBER * b.count] += 1.0;
  totals[CAROM_RETURNS * b.count] += total;
  totals[CAROM_LENGTHS * b.count] += (double)length;
  if (total < *least) carom_keep_extreme(b, env, least, total, marked);
  if (total > *greatest) carom_keep_extreme(b, env, greatest, total, marked);
  if (b.ends == nullptr || env >= b.watched) return;
  const int number = carom_count(b, env, CAROM_ENDS)++;
  if (number >= b.most_ends) return;
  double* end = b.ends + (number * b.watched + env) * 4;
  end[0] = total;
  end[1] = (double)length;
  end[2] = terminated ? 1.0 : 0.0;
  end[3] = (double)(b.time + (b.clock == nullptr ? 0 : *b.clock));
}

/* Keeps the state of a game whose episode has just ended. */
CAROM_FN void carom_keep_last(CaromGame& g, const CaromBatch& b, long long env) {
  if (b.final_state == nullptr) return;
  carom_save(g, b.final_state, b.count, env);
  carom_copy_arrays(b.final_state, b.state, b.count, env);
}

/* What a step gave. */
CAROM_FN void carom_give(const CaromBatch& b, long long env, double reward, bool terminated, bool truncated) {
  if ((float)reward - (float)reward != 0.0f) carom_fault_at(b, env, CAROM_BAD_REWARD);
  b.rewards[env] = (float)reward;
  b.terminated[env] = terminated ? 1 : 0;
  b.truncated[env] = truncated ? 1 : 0;
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

CAROM_FN void carom_tell_lives(CaromGame& g, const CaromBatch& b, long long env) {
#if CAROM_HAS_LIVES
  if (b.lives != nullptr) b.lives[env] = carom_game_lives(g);
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

#if CAROM_ACTION_WIDTH == 0
CAROM_FN double carom_play_choice(CaromGame& g, const CaromBatch& b, long long env, int given) {
  const bool fits = given >= 0 && given < CAROM_ACTION_COUNT;
  if (!fits) carom_fault_at(b, env, CAROM_BAD_ACTION);
  const int action = fits ? given : 0;
  carom_log(b, env, &action);
  return carom_game_step(g, action);
}
#endif

/* Plays the action of a game; what is none becomes action 0 and is reported. */
CAROM_FN double carom_play(CaromGame& g, const CaromBatch& b, long long env) {
#if CAROM_ACTION_WIDTH == 0
  return carom_play_choice(g, b, env, b.actions[env]);
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
  carom_count(b, env, CAROM_FAULT) = carom_count(b, env, CAROM_PLACE) = carom_count(b, env, CAROM_ENDS) = 0;
  carom_clear_totals(&carom_number(b, env, CAROM_TOTALS), b.count);
#if CAROM_HAS_LEGAL
  for (int i = 0; i < CAROM_ACTION_COUNT; i++) b.masks[env * CAROM_ACTION_COUNT + i] = 1;
#endif
  carom_begin_episode(g, b, env, 0);
  carom_tell_lives(g, b, env);
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
  const double total = carom_number(b, env, CAROM_RETURN) + (second ? 0.0 - reward : reward);
  carom_give(b, env, reward, terminated, ended && !terminated);
  carom_show(g, b, env, ended ? b.final_observations : b.observations);
  if (!ended) {
    carom_count(b, env, CAROM_LENGTH) = length;
    carom_number(b, env, CAROM_RETURN) = total;
    carom_mark_legal(g, b, env);
  } else {
    carom_number(b, env, CAROM_ENDED_RETURN) = total;
    carom_count(b, env, CAROM_ENDED_LENGTH) = length;
    carom_add_totals(b, env, total, length, terminated);
    carom_keep_last(g, b, env);
    carom_begin_episode(g, b, env, carom_count(b, env, CAROM_EPISODE) + 1);
  }
  carom_tell_lives(g, b, env);
#if CAROM_CHECKED
  if (g.fault != 0) carom_fault_at(b, env, g.fault);
#endif
  carom_save(g, b.state, b.count, env);
}

/* Writes what the games show and allow now, and their lives; changes nothing else. */
extern "C" __global__ void __launch_bounds__(CAROM_THREADS) carom_observe(CaromBatch b) {
  const long long env = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (env >= b.count) return;
  CaromGame g;
  carom_attach(g, b.state, b.count, env);
  carom_restore(g, b.state, b.count, env);
  carom_show(g, b, env, b.observations);
  carom_mark_legal(g, b, env);
  carom_tell_lives(g, b, env);
}

/* Adds up the totals of all games, always in the same order, and begins them anew: one block of threads. */
struct CaromSummary {
  double* numbers;   /* as in CaromBatch */
  long long count;   /* games */
  const int* counts; /* as in CaromBatch */
  double* summary;   /* [14]: episodes, sum of returns, sum of lengths, games that have a fault; then of the episodes with
                        the least and with the greatest return: return, game, episode, length, place as in CaromExtreme */
};
#define CAROM_SUMMARY_THREADS 256

/* The extreme of a part of the games: the first of them where several have it. */
struct CaromBound {
  double value;
  long long env;
};

CAROM_FN bool carom_is_beyond(const CaromBound& a, const CaromBound& b, bool least) {
  if (a.value == b.value) return a.env < b.env;
  return least ? a.value < b.value : a.value > b.value;
}

CAROM_FN void carom_tell_extreme(const CaromSummary& s, CaromTotal which, const CaromBound& bound, double* out) {
  const double* row = s.numbers + (CAROM_TOTALS + which) * s.count + bound.env;
  out[0] = bound.value;
  out[1] = (double)bound.env;
  for (int k = CAROM_ITS_EPISODE; k <= CAROM_ITS_PLACE; k++) out[k + 1] = row[k * s.count];
}

extern "C" __global__ void __launch_bounds__(CAROM_SUMMARY_THREADS) carom_summarise(CaromSummary s) {
  __shared__ double sums[4 * CAROM_SUMMARY_THREADS];
  __shared__ CaromBound bounds[2 * CAROM_SUMMARY_THREADS];
  const int thread = threadIdx.x;
  double own[4] = {0.0, 0.0, 0.0, 0.0};
  CaromBound extremes[2] = {{CAROM_INF, 0}, {-CAROM_INF, 0}};
  for (long long env = thread; env < s.count; env += CAROM_SUMMARY_THREADS) {
    const double* totals = s.numbers + CAROM_TOTALS * s.count + env;
    own[0] += totals[CAROM_NUMBER * s.count];
    own[1] += totals[CAROM_RETURNS * s.count];
    own[2] += totals[CAROM_LENGTHS * s.count];
    own[3] += s.counts[CAROM_FAULT * s.count + env] != 0 ? 1.0 : 0.0;
    const CaromBound least = {totals[CAROM_LEAST * s.count], env};
    const CaromBound greatest = {totals[CAROM_GREATEST * s.count], env};
    if (least.value < extremes[0].value) extremes[0] = least;
    if (greatest.value > extremes[1].value) extremes[1] = greatest;
  }
  for (int k = 0; k < 4; k++) sums[k * CAROM_SUMMARY_THREADS + thread] = own[k];
  for (int k = 0; k < 2; k++) bounds[k * CAROM_SUMMARY_THREADS + thread] = extremes[k];
  for (int half = CAROM_SUMMARY_THREADS / 2; half > 0; half /= 2) {
    __syncthreads();
    if (thread >= half) continue;
    for (int k = 0; k < 4; k++) {
      double* at = sums + k * CAROM_SUMMARY_THREADS + thread;
      at[0] += at[half];
    }
    for (int k = 0; k < 2; k++) {
      CaromBound* at = bounds + k * CAROM_SUMMARY_THREADS + thread;
      if (carom_is_beyond(at[half], at[0], k == 0)) at[0] = at[half];
    }
  }
  __syncthreads();
  if (thread < 4) s.summary[thread] = sums[thread * CAROM_SUMMARY_THREADS];
  if (thread == 0) {
    carom_tell_extreme(s, CAROM_LEAST, bounds[0], s.summary + 4);
    carom_tell_extreme(s, CAROM_GREATEST, bounds[CAROM_SUMMARY_THREADS], s.summary + 9);
  }
  __syncthreads();
  for (long long env = thread; env < s.count; env += CAROM_SUMMARY_THREADS) {
    carom_clear_totals(s.numbers + CAROM_TOTALS * s.count + env, s.count);
  }
}

/* Decisions out of the log, one row for each run of them. */
struct CaromTake {
  const unsigned char* log; /* as in CaromBatch */
  long long count;          /* games */
  long long ring;           /* as in CaromBatch */
  const int* runs;          /* [rows, 2]: a game, and the place of its first decision modulo ring */
  long long rows;           /* how many runs */
  long long width;          /* decisions of each */
  unsigned char* out;       /* [rows, width, CAROM_ACTION_BYTES] */
};

extern "C" __global__ void __launch_bounds__(CAROM_THREADS) carom_take(CaromTake t) {
  const long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (at >= t.rows * t.width) return;
  const int* run = t.runs + 2 * (at / t.width);
  const long long place = (run[1] + at % t.width) % t.ring;
  const unsigned char* from = t.log + (place * t.count + run[0]) * CAROM_ACTION_BYTES;
  for (int i = 0; i < CAROM_ACTION_BYTES; i++) t.out[at * CAROM_ACTION_BYTES + i] = from[i];
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
