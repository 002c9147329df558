/*
 * A game of two as a game of one, as the wrapper `opponent` of @carom/envs makes it: somebody plays the other side at
 * random. A step is the learner's move and the answer to it; its reward is the learner's less the opponent's. What a
 * step gives, and the return of an episode, are the learner's.
 */
struct CaromMatch {
  CaromBatch b;         /* where a step gives the learner's results */
  unsigned char* sides; /* [count]: the learner's player, 0 or 1 */
  unsigned* randoms;    /* [count, 4] */
  double* scores;       /* [2, count]: the learner's return so far; what it is owed for the opponent's first moves */
  long long layer;      /* place of the wrapper, from the inside, from 1 */
};

CAROM_FN void carom_draw_side(const CaromMatch& m, long long env) {
  unsigned* random = m.randoms + 4 * env;
  carom_seed_layer(random, m.b.keys + 2 * env, carom_count(m.b, env, CAROM_EPISODE), m.layer);
  m.sides[env] = (unsigned char)carom_next_below(random, 2);
  m.scores[env] = m.scores[m.b.count + env] = 0.0;
}

CAROM_FN int carom_draw_legal(const CaromMatch& m, long long env) {
  return (int)carom_draw_allowed(m.b.masks + env * CAROM_ACTION_COUNT, CAROM_ACTION_COUNT, m.randoms + 4 * env);
}

/* An episode has ended. The learner's step ends with it, unless it has its result already. */
CAROM_FN void carom_end_match(CaromGame& g, const CaromMatch& m, long long env, double total, int length,
                              bool terminated, bool decided) {
  const CaromBatch& b = m.b;
  carom_add_totals(b, env, m.sides[env] == 1 ? 0.0 - total : total, length, terminated);
  if (!decided) {
    carom_show(g, b, env, b.final_observations);
    carom_number(b, env, CAROM_ENDED_RETURN) = m.scores[env];
    carom_count(b, env, CAROM_ENDED_LENGTH) = length;
    carom_keep_last(g, b, env);
  }
  carom_begin_episode(g, b, env, carom_count(b, env, CAROM_EPISODE) + 1);
  carom_draw_side(m, env);
}

/* Plays until it is the learner's turn; first the learner's own move, where there is one. */
CAROM_FN void carom_play_match(CaromGame& g, const CaromMatch& m, long long env, bool moves) {
  const CaromBatch& b = m.b;
  double& owed = m.scores[b.count + env];
  double reward = owed;
  bool own = moves, decided = !moves;
  if (moves) owed = 0.0;
  while (own || carom_is_second(g) != (m.sides[env] == 1)) {
    const bool second = carom_is_second(g);
    const double raw = carom_play_choice(g, b, env, own ? b.actions[env] : carom_draw_legal(m, env));
    const double seen = (double)(float)raw;
    if (decided) owed -= seen;
    else reward = own ? reward + seen : reward - seen;
    own = false;
    const int length = carom_count(b, env, CAROM_LENGTH) + 1;
    const double total = carom_number(b, env, CAROM_RETURN) + (second ? 0.0 - raw : raw);
    const bool terminated = carom_is_terminated(g);
    if (!terminated && length < b.max_steps) {
      carom_count(b, env, CAROM_LENGTH) = length;
      carom_number(b, env, CAROM_RETURN) = total;
      carom_mark_legal(g, b, env);
      continue;
    }
    if (!decided) {
      m.scores[env] += reward;
      carom_give(b, env, reward, terminated, !terminated);
    }
    carom_end_match(g, m, env, total, length, terminated, decided);
    decided = true;
  }
  if (!decided) {
    m.scores[env] += reward;
    carom_give(b, env, reward, false, false);
  }
  carom_show(g, b, env, b.observations);
#if CAROM_CHECKED
  if (g.fault != 0) carom_fault_at(b, env, g.fault);
#endif
}

/* The opponent's first moves after carom_reset. */
extern "C" __global__ void __launch_bounds__(CAROM_THREADS) carom_match_reset(CaromMatch m) {
  const long long env = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (env >= m.b.count) return;
  CaromGame g;
  carom_attach(g, m.b.state, m.b.count, env);
  carom_restore(g, m.b.state, m.b.count, env);
  carom_draw_side(m, env);
  carom_play_match(g, m, env, false);
  carom_save(g, m.b.state, m.b.count, env);
}

extern "C" __global__ void __launch_bounds__(CAROM_THREADS) carom_match_step(CaromMatch m) {
  const long long env = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (env >= m.b.count || (m.b.skip != nullptr && m.b.skip[env] != 0)) return;
  CaromGame g;
  carom_attach(g, m.b.state, m.b.count, env);
  carom_restore(g, m.b.state, m.b.count, env);
  carom_play_match(g, m, env, true);
  carom_save(g, m.b.state, m.b.count, env);
}
