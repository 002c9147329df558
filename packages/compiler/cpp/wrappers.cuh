/*
 * What stands around games on a GPU, whatever the game is: the wrappers of @carom/envs. One thread per game (or per
 * value), all members of 8 bytes, pointers marked (or null) may be null. `counts` are those of CaromBatch.
 */

/* ---- actions ---------------------------------------------------------------------------------- */

struct CaromActions {
  long long count;            /* games */
  long long layer;            /* place of the wrapper, from the inside, from 1 */
  const unsigned* keys;       /* [count, 2] */
  const int* counts;          /* [6, count] */
  unsigned* randoms;          /* [count, 4] */
  const unsigned* given;      /* [count, width], 4 bytes each */
  unsigned* played;           /* the same */
  long long width;            /* numbers of an action */
  const unsigned* idle;       /* [width]: what is played before the first action; for sticky actions */
  double probability;         /* that the last action is played again; for sticky actions */
  const unsigned char* masks; /* [count, allowed]; for action masks */
  long long allowed;          /* actions; for action masks */
  long long draws;            /* 0: only begins the episodes that have not */
  const unsigned char* skip;  /* [count] (or null) */
};

/* Begins what belongs to an episode where none of its decisions has been made; the same each time. */
CAROM_FN bool carom_is_new(const CaromActions& a, long long env) {
  if (a.counts[a.count + env] != 0) return false;
  carom_seed_layer(a.randoms + 4 * env, a.keys + 2 * env, a.counts[env], a.layer);
  return true;
}

extern "C" __global__ void carom_sticky(CaromActions a) {
  const long long env = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (env >= a.count || (a.skip != nullptr && a.skip[env] != 0)) return;
  unsigned* played = a.played + env * a.width;
  if (carom_is_new(a, env)) {
    for (long long i = 0; i < a.width; i++) played[i] = a.idle[i];
  }
  if (a.draws == 0 || carom_next_float(a.randoms + 4 * env) < a.probability) return;
  for (long long i = 0; i < a.width; i++) played[i] = a.given[env * a.width + i];
}

extern "C" __global__ void carom_mask_actions(CaromActions a) {
  const long long env = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (env >= a.count || (a.skip != nullptr && a.skip[env] != 0)) return;
  carom_is_new(a, env);
  if (a.draws == 0) return;
  const unsigned char* mask = a.masks + env * a.allowed;
  const int given = (int)a.given[env];
  a.played[env] = a.given[env];
  if (given < 0 || given >= a.allowed || mask[given] == 1) return;
  a.played[env] = (unsigned)carom_draw_allowed(mask, a.allowed, a.randoms + 4 * env);
}

/* ---- several decisions in one step ------------------------------------------------------------ */

struct CaromFrames {
  long long count;                 /* games */
  const float* rewards;            /* [count]: of the last decision */
  const unsigned char* terminated; /* [count] */
  const unsigned char* truncated;  /* [count] */
  double* sums;                    /* [count]: rewards so far */
  float* out;                      /* [count]: the same */
  unsigned char* skip;             /* [count]: 1 where the episode has ended */
  long long begins;                /* 1: clears the sums and what is skipped, and nothing else */
};

extern "C" __global__ void carom_add_frame(CaromFrames f) {
  const long long env = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (env >= f.count) return;
  if (f.begins != 0) {
    f.sums[env] = 0.0;
    f.skip[env] = 0;
    return;
  }
  if (f.skip[env] != 0) return;
  f.sums[env] += (double)f.rewards[env];
  f.out[env] = (float)f.sums[env];
  if (f.terminated[env] != 0 || f.truncated[env] != 0) f.skip[env] = 1;
}

/* The brighter of two pictures, where the episode goes on; else the second. */
struct CaromMaximum {
  long long count;               /* bytes of all pictures */
  long long size;                /* bytes of a picture */
  const unsigned char* earlier;  /* [count] */
  const unsigned char* later;    /* [count] */
  unsigned char* out;            /* [count] */
  const unsigned char* skip;     /* [games]: 1 where the episode has ended */
};

extern "C" __global__ void carom_maximum(CaromMaximum m) {
  const long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (at >= m.count) return;
  const bool isRaised = m.earlier[at] > m.later[at] && m.skip[at / m.size] == 0;
  m.out[at] = isRaised ? m.earlier[at] : m.later[at];
}

/* ---- frame stack ------------------------------------------------------------------------------ */

struct CaromStack {
  long long pieces;                /* runs of values that lie together, of all games */
  long long pieces_of_game;        /* of one game */
  long long run;                   /* values of a run */
  long long frames;                /* runs of a stack */
  const void* rows;                /* [pieces, run]: the newest observations */
  const void* final_rows;          /* the same of episodes that have just ended */
  void* stack;                     /* [pieces, frames, run]: oldest first */
  void* final_stack;               /* the same */
  void* out;                       /* (or null) a copy of the stack */
  const unsigned char* terminated; /* [games] */
  const unsigned char* truncated;  /* [games] */
  long long begins;                /* 1: every stack begins anew */
};

template <class T>
CAROM_FN void carom_stack_piece(const CaromStack& s) {
  const long long piece = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (piece >= s.pieces) return;
  const long long env = piece / s.pieces_of_game, width = s.frames * s.run;
  const T* row = (const T*)s.rows + piece * s.run;
  T* stack = (T*)s.stack + piece * width;
  const bool ended = s.begins == 0 && (s.terminated[env] != 0 || s.truncated[env] != 0);
  if (ended) {
    T* last = (T*)s.final_stack + piece * width;
    for (long long i = 0; i < width - s.run; i++) last[i] = stack[i + s.run];
    for (long long i = 0; i < s.run; i++) last[width - s.run + i] = ((const T*)s.final_rows)[piece * s.run + i];
  }
  if (ended || s.begins != 0) {
    for (long long i = 0; i < width; i++) stack[i] = row[i % s.run];
  } else {
    for (long long i = 0; i < width - s.run; i++) stack[i] = stack[i + s.run];
    for (long long i = 0; i < s.run; i++) stack[width - s.run + i] = row[i];
  }
  if (s.out == nullptr) return;
  for (long long i = 0; i < width; i++) ((T*)s.out)[piece * width + i] = stack[i];
}

extern "C" __global__ void carom_stack_floats(CaromStack s) { carom_stack_piece<float>(s); }
extern "C" __global__ void carom_stack_bytes(CaromStack s) { carom_stack_piece<unsigned char>(s); }

/* ---- lives ------------------------------------------------------------------------------------ */

/* A lost life is an end for the learner. */
struct CaromLives {
  long long count;                 /* games */
  const int* lives;                /* [count]: now */
  int* left;                       /* [count]: after the step before */
  const unsigned char* terminated; /* [count]: by the rules */
  const unsigned char* truncated;  /* [count] */
  unsigned char* out;              /* [count]: by the rules or by a lost life */
  long long bytes;                 /* of an observation */
  const unsigned char* rows;       /* [count, bytes]: the newest observations */
  const unsigned char* final_rows; /* the same of episodes that have just ended */
  unsigned char* final_out;        /* the same of what has just ended for the learner */
  long long begins;                /* 1: every game has just begun */
};

extern "C" __global__ void carom_lose_life(CaromLives l) {
  const long long env = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (env >= l.count) return;
  const bool ended = l.terminated[env] != 0 || l.truncated[env] != 0;
  const bool lost = !ended && l.lives[env] < l.left[env];
  l.left[env] = l.lives[env];
  l.out[env] = l.begins == 0 && (lost || l.terminated[env] != 0) ? 1 : 0;
  if (l.begins != 0 || (!ended && !lost)) return;
  const unsigned char* from = (ended ? l.final_rows : l.rows) + env * l.bytes;
  for (long long i = 0; i < l.bytes; i++) l.final_out[env * l.bytes + i] = from[i];
}

/* ---- rewards ---------------------------------------------------------------------------------- */

struct CaromRewards {
  long long count;    /* games */
  const float* given; /* [count] */
  float* out;         /* [count] */
  double factor;      /* first multiplied with this, */
  double bound;       /* then moved into [-bound, bound] */
};

CAROM_FN double carom_bounded(double value, double bound) {
  return value < -bound ? -bound : value > bound ? bound : value;
}

extern "C" __global__ void carom_rewards(CaromRewards r) {
  const long long env = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (env < r.count) r.out[env] = (float)carom_bounded((double)r.given[env] * r.factor, r.bound);
}

/* ---- running moments: running-moments.ts ------------------------------------------------------ */

/* One block per entry. Sums are always added in the same order, which is not that of the processor. */
struct CaromMoments {
  const void* rows; /* [count, size] */
  long long count;  /* rows */
  long long size;   /* entries */
  double* moments;  /* [3, size]: rows so far (the same in each), mean, sum of squared distances from it */
};
#define CAROM_MOMENT_THREADS 256

CAROM_FN double carom_add_up(double* parts, double own) {
  __syncthreads();
  parts[threadIdx.x] = own;
  for (int half = CAROM_MOMENT_THREADS / 2; half > 0; half /= 2) {
    __syncthreads();
    if ((int)threadIdx.x < half) parts[threadIdx.x] += parts[threadIdx.x + half];
  }
  __syncthreads();
  return parts[0];
}

template <class T>
CAROM_FN void carom_add_rows(const CaromMoments& m, double* parts) {
  const long long entry = blockIdx.x;
  const T* column = (const T*)m.rows + entry;
  double sum = 0.0, spread = 0.0;
  for (long long row = threadIdx.x; row < m.count; row += CAROM_MOMENT_THREADS) {
    sum += (double)column[row * m.size] / (double)m.count;
  }
  const double mean = carom_add_up(parts, sum);
  for (long long row = threadIdx.x; row < m.count; row += CAROM_MOMENT_THREADS) {
    const double away = (double)column[row * m.size] - mean;
    spread += away * away;
  }
  spread = carom_add_up(parts, spread);
  if (threadIdx.x != 0) return;
  double* moments = m.moments + entry;
  const double before = moments[0], rows = (double)m.count, total = before + rows;
  const double shift = mean - moments[m.size];
  moments[2 * m.size] = moments[2 * m.size] + spread + shift * shift * before * rows / total;
  moments[m.size] += shift * rows / total;
  moments[0] = total;
}

extern "C" __global__ void carom_moments_floats(CaromMoments m) {
  __shared__ double parts[CAROM_MOMENT_THREADS];
  carom_add_rows<float>(m, parts);
}
extern "C" __global__ void carom_moments_bytes(CaromMoments m) {
  __shared__ double parts[CAROM_MOMENT_THREADS];
  carom_add_rows<unsigned char>(m, parts);
}
extern "C" __global__ void carom_moments_doubles(CaromMoments m) {
  __shared__ double parts[CAROM_MOMENT_THREADS];
  carom_add_rows<double>(m, parts);
}

CAROM_FN double carom_factor(const double* moments, long long size, long long entry, double epsilon) {
  const double count = moments[entry];
  const double variance = count < 2.0 ? 1.0 : moments[2 * size + entry] / count;
  return 1.0 / sqrt(variance + epsilon);
}

struct CaromNormal {
  const void* rows;                /* [count, size] */
  float* out;                      /* [count, size] */
  long long count;                 /* games */
  long long size;                  /* entries */
  const double* moments;           /* [3, size] */
  double epsilon;                  /* added to the variance */
  double clip;                     /* bound of what comes out */
  const unsigned char* terminated; /* [count] (or null): only rows of games whose episode has just ended */
  const unsigned char* truncated;  /* the same; both or none */
};

template <class T>
CAROM_FN void carom_normal(const CaromNormal& n) {
  const long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (at >= n.count * n.size) return;
  const long long env = at / n.size, entry = at % n.size;
  if (n.terminated != nullptr && !n.terminated[env] && !n.truncated[env]) return;
  const double away = (double)((const T*)n.rows)[at] - n.moments[n.size + entry];
  n.out[at] = (float)carom_bounded(away * carom_factor(n.moments, n.size, entry, n.epsilon), n.clip);
}

extern "C" __global__ void carom_normal_floats(CaromNormal n) { carom_normal<float>(n); }
extern "C" __global__ void carom_normal_bytes(CaromNormal n) { carom_normal<unsigned char>(n); }

/* Rewards by the spread of the discounted return: first with `adds`, then, after the moments, without. */
struct CaromReturns {
  long long count;                 /* games */
  const float* given;              /* [count] */
  float* out;                      /* [count] */
  double* running;                 /* [count]: discounted returns */
  const double* moments;           /* [3, 1] */
  double gamma;                    /* discount */
  double epsilon;                  /* added to the variance */
  double clip;                     /* bound of what comes out */
  const unsigned char* terminated; /* [count] */
  const unsigned char* truncated;  /* [count] */
  long long adds;                  /* 1: adds the rewards to the returns, and nothing else */
};

extern "C" __global__ void carom_returns(CaromReturns r) {
  const long long env = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (env >= r.count) return;
  if (r.adds != 0) {
    r.running[env] = r.gamma * r.running[env] + (double)r.given[env];
    return;
  }
  r.out[env] = (float)carom_bounded((double)r.given[env] * carom_factor(r.moments, 1, 0, r.epsilon), r.clip);
  if (r.terminated[env] != 0 || r.truncated[env] != 0) r.running[env] = 0.0;
}
