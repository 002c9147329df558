/*
 * Plays one game at random and prints hashes of everything it shows: what oracle/play.ts does with the
 * class. Usage: oracle <seed> <steps> <chunk> <pixel-every> <max-steps>. One line per chunk of steps:
 * two hashes and the first fault so far.
 */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

struct CaromHash {
  uint32_t a = 0x2545f491u, b = 0x9e3779b9u;

  void word(uint32_t w) {
    a = (a ^ w) * 0x85ebca6bu;
    a ^= a >> 13;
    b = (b + w) * 0xc2b2ae35u;
    b ^= b >> 16;
  }
  void add(double x) {
    uint64_t bits = 0x7ff8000000000000ull; /* one NaN for all */
    if (x == x) memcpy(&bits, &x, 8);
    word((uint32_t)bits);
    word((uint32_t)(bits >> 32));
  }
  void add(float x) {
    uint32_t bits = 0x7fc00000u;
    if (x == x) memcpy(&bits, &x, 4);
    word(bits);
  }
  void add(int x) { add((double)x); }
  void add(unsigned x) { add((double)x); }
  void add(bool x) { word(x ? 1 : 0); }
  template <class T>
  void elements(const T* p, int length) {
    for (int i = 0; i < length; i++) word((uint32_t)p[i]);
  }
  void elements(const float* p, int length) {
    for (int i = 0; i < length; i++) add(p[i]);
  }
  void elements(const double* p, int length) {
    for (int i = 0; i < length; i++) add(p[i]);
  }
};

static uint32_t carom_words = 1;

static uint32_t carom_word() {
  carom_words ^= carom_words << 13;
  carom_words ^= carom_words >> 17;
  carom_words ^= carom_words << 5;
  return carom_words;
}

static void carom_new_episode(CaromGame& g) {
  const uint32_t low = carom_word();
  const uint32_t high = carom_word() & 0x1fffffu;
  carom_game_seed(g, high * 4294967296.0 + low);
  carom_game_reset(g);
}

static double carom_random_step(CaromGame& g) {
#if CAROM_ACTION_WIDTH == 0
  const uint32_t word = carom_word();
#if CAROM_HAS_LEGAL
  static unsigned char mask[CAROM_ACTION_COUNT];
  if ((word & 15) != 0) {
    carom_game_legal(g, CaromRow<unsigned char>{mask, 1});
    uint32_t legal = 0;
    for (int i = 0; i < CAROM_ACTION_COUNT; i++) legal += mask[i];
    uint32_t left = (word >> 4) % (legal == 0 ? 1 : legal);
    for (int i = 0; i < CAROM_ACTION_COUNT; i++) {
      if (mask[i] == 1 && left-- == 0) return carom_game_step(g, i);
    }
  }
#endif
  return carom_game_step(g, (int)((word >> 4) % CAROM_ACTION_COUNT));
#else
  CAROM_ACTION action[CAROM_ACTION_WIDTH];
  for (int i = 0; i < CAROM_ACTION_WIDTH; i++) {
    const uint32_t word = carom_word();
    const double low = carom_action_low[i], high = carom_action_high[i];
#if CAROM_ACTION_CLIPS
    action[i] = (float)(low + (high - low) * (word * 2.3283064365386963e-10));
#else
    action[i] = (CAROM_ACTION)(low + word % (uint32_t)(high - low + 1));
#endif
  }
  return carom_game_step(g, action);
#endif
}

static void carom_hash_shown(CaromHash& h, CaromGame& g) {
  static float row[CAROM_OBSERVATION];
  carom_game_observe(g, CaromRow<float>{row, 1});
  h.elements(row, CAROM_OBSERVATION);
#if CAROM_HAS_LEGAL
  static unsigned char mask[CAROM_ACTION_COUNT];
  carom_game_legal(g, CaromRow<unsigned char>{mask, 1});
  h.elements(mask, CAROM_ACTION_COUNT);
#endif
#if CAROM_HAS_COPY
  static CaromGame copy;
  carom_game_copy(copy, g);
  carom_hash_state(h, copy);
#endif
  carom_hash_state(h, g);
}

static void carom_hash_picture(CaromHash& h, CaromGame& g) {
  static unsigned char bytes[CAROM_WIDTH * CAROM_HEIGHT * CAROM_CHANNELS];
  CaromCanvas canvas = {};
  canvas.bytes = bytes;
  carom_begin(canvas);
  carom_game_draw(g, canvas);
  h.elements(bytes, (int)sizeof bytes);
}

#ifndef CAROM_NO_MAIN
int main(int argc, char** argv) {
  if (argc != 6) return 2;
  carom_words = (uint32_t)strtoul(argv[1], nullptr, 10) | 1u;
  const long steps = atol(argv[2]), chunk = atol(argv[3]), every = atol(argv[4]);
  const long max_steps = atol(argv[5]);
  static CaromGame g;
  carom_initialise(g);
  CaromHash h;
  carom_new_episode(g);
  long length = 0;
  for (long step = 1; step <= steps; step++) {
    h.add(carom_random_step(g));
    carom_hash_shown(h, g);
    if (every > 0 && step % every == 0) carom_hash_picture(h, g);
    length += 1;
    if (carom_is_terminated(g) || length >= max_steps) {
      carom_new_episode(g);
      carom_hash_shown(h, g);
      length = 0;
    }
    if (step % chunk == 0 || step == steps) printf("%u %u %d\n", h.a, h.b, CAROM_FAULT(g));
  }
  return 0;
}
#endif
