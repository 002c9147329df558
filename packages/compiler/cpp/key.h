/* The key tree of @carom/envs (key.ts): the seed of episode `k` below the key of a game. */

CAROM_FN unsigned carom_multiply_high(unsigned a, unsigned b) {
  return (unsigned)(((unsigned long long)a * b) >> 32);
}

/* Philox4x32-10, the first two words of the block. */
CAROM_FN void carom_philox(unsigned k0, unsigned k1, unsigned c0, unsigned c1, unsigned c2, unsigned c3,
                           unsigned& w0, unsigned& w1) {
  for (int round = 0; round < 10; round++) {
    const unsigned high0 = carom_multiply_high(0xd2511f53u, c0);
    const unsigned high1 = carom_multiply_high(0xcd9e8d57u, c2);
    const unsigned low0 = 0xd2511f53u * c0;
    const unsigned low1 = 0xcd9e8d57u * c2;
    c0 = high1 ^ c1 ^ k0;
    c2 = high0 ^ c3 ^ k1;
    c1 = low1;
    c3 = low0;
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
  w0 = c0;
  w1 = c1;
}

/* The hashed label "episode", low and high word. */
CAROM_FN void carom_episode_label(unsigned& low, unsigned& high) {
  const char text[] = "episode";
  low = 0x811c9dc5u;
  high = 0x2f0b4c47u;
  for (int i = 0; i < 7; i++) {
    low = (low ^ (unsigned)text[i]) * 0x01000193u;
    high = (high ^ (unsigned)text[i]) * 0x5bd1e995u;
    high ^= high >> 15;
  }
}

/* key.child("episode", episode).toSeed() */
CAROM_FN double carom_episode_seed(unsigned k0, unsigned k1, int episode) {
  unsigned low, high, w0, w1;
  carom_episode_label(low, high);
  carom_philox(k0, k1, low, high, (unsigned)episode, 0u, w0, w1);
  return (double)(w0 & 0x1fffffu) * 4294967296.0 + (double)w1;
}
