/* What games and wrappers draw from: random.ts of @carom/envs, and the keys of wrappers in wrapper.ts. */

CAROM_FN unsigned carom_mix_word(unsigned word) {
  unsigned mixed = (word ^ (word >> 16)) * 0x85ebca6bu;
  mixed = (mixed ^ (mixed >> 13)) * 0xc2b2ae35u;
  return mixed ^ (mixed >> 16);
}

CAROM_FN void carom_seed_random(unsigned* state, unsigned low, unsigned high) {
  for (int i = 0; i < 4; i++) {
    low += 0x9e3779b9u;
    high = carom_mix_word(high ^ low);
    state[i] = carom_mix_word(low ^ (high * 0x85ebca6bu));
  }
  if ((state[0] | state[1] | state[2] | state[3]) == 0) state[0] = 1;
}

CAROM_FN unsigned carom_next_uint32(unsigned* state) {
  const unsigned s1 = state[1], scaled = s1 * 5u;
  const unsigned result = ((scaled << 7) | (scaled >> 25)) * 9u;
  const unsigned s2 = state[2] ^ state[0], s3 = state[3] ^ s1;
  state[1] = s1 ^ s2;
  state[0] = state[0] ^ s3;
  state[2] = s2 ^ (s1 << 9);
  state[3] = (s3 << 11) | (s3 >> 21);
  return result;
}

CAROM_FN double carom_next_float(unsigned* state) {
  return (double)carom_next_uint32(state) * 2.3283064365386963e-10;
}

CAROM_FN long long carom_next_below(unsigned* state, long long count) {
  return (long long)floor((double)carom_next_uint32(state) * (double)count * 2.3283064365386963e-10);
}

CAROM_FN void carom_hash_letter(unsigned letter, unsigned& low, unsigned& high) {
  low = (low ^ letter) * 0x01000193u;
  high = (high ^ letter) * 0x5bd1e995u;
  high ^= high >> 15;
}

/* The generator of wrapper `layer` (1 to 9, from the inside) for an episode: see seedEpisode of wrapper.ts. */
CAROM_FN void carom_seed_layer(unsigned* state, const unsigned* key, int episode, long long layer) {
  unsigned low, high, w0, w1, v0, v1;
  carom_episode_label(low, high);
  carom_philox(key[0], key[1], low, high, (unsigned)episode, 0u, w0, w1);
  const char text[] = "wrapper";
  low = 0x811c9dc5u;
  high = 0x2f0b4c47u;
  for (int i = 0; i < 7; i++) carom_hash_letter((unsigned)text[i], low, high);
  carom_hash_letter((unsigned)('0' + layer), low, high);
  carom_hash_letter((unsigned)'.', low, high);
  carom_philox(w0, w1, low, high, 0u, 0u, v0, v1);
  carom_seed_random(state, v1, v0 & 0x1fffffu);
}

/* One of the actions whose entry of the mask is 1, each equally likely. */
CAROM_FN long long carom_draw_allowed(const unsigned char* mask, long long actions, unsigned* random) {
  long long number = 0;
  for (long long i = 0; i < actions; i++) number += mask[i];
  long long left = carom_next_below(random, number);
  for (long long i = 0; i < actions; i++) {
    if (mask[i] == 1 && left-- == 0) return i;
  }
  return 0;
}
