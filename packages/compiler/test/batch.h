/*
 * Plays many games with the generated kernels. Usage: batch <keys> <actions> <games> <steps> <max-steps>
 * <feature-major>; writes everything a step gives, and a picture of every game now and then, to standard
 * output: test/kernels.test.ts reads it beside LocalVectorEnv.
 */
template <class T>
static std::vector<T> read_file(const char* path, size_t count) {
  std::vector<T> values(count);
  FILE* file = fopen(path, "rb");
  if (file == nullptr || fread(values.data(), sizeof(T), count, file) != count) exit(3);
  fclose(file);
  return values;
}

template <class T>
static void put(const std::vector<T>& values) {
  fwrite(values.data(), sizeof(T), values.size(), stdout);
}

template <class T>
static void put_part(const std::vector<T>& values, size_t part, size_t n) {
  fwrite(values.data() + part * n, sizeof(T), n, stdout);
}

/* The rows of observations, env-major whatever they are in memory. */
static void put_rows(const std::vector<float>& rows, const CaromBatch& b) {
  for (long long env = 0; env < b.count; env++) {
    for (long long i = 0; i < CAROM_OBSERVATION; i++) {
      fwrite(&rows[(size_t)(env * b.obs_game + i * b.obs_entry)], sizeof(float), 1, stdout);
    }
  }
}

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  const size_t n = (size_t)atol(argv[3]), steps = (size_t)atol(argv[4]);
  const size_t width = CAROM_ACTION_WIDTH == 0 ? 1 : CAROM_ACTION_WIDTH;
  const bool feature_major = atol(argv[6]) != 0;
#if CAROM_HAS_LEGAL
  const size_t masked = CAROM_ACTION_COUNT;
#else
  const size_t masked = 0;
#endif
  const std::vector<unsigned> keys = read_file<unsigned>(argv[1], 2 * n);
  const std::vector<CAROM_ACTION> actions = read_file<CAROM_ACTION>(argv[2], n * steps * width);
  std::vector<unsigned char> state(n * CAROM_STATE_BYTES), terminated(n), truncated(n), masks(n * masked);
  std::vector<int> counts(6 * n);
  std::vector<double> numbers(14 * n);
  std::vector<float> rewards(n), rows(n * CAROM_OBSERVATION), finals(n * CAROM_OBSERVATION);
  std::vector<unsigned char> pictures(n * CAROM_PICTURE);
  CaromBatch b = {};
  b.state = state.data();
  b.count = (long long)n;
  b.max_steps = atol(argv[5]);
  b.keys = keys.data();
  b.counts = counts.data();
  b.numbers = numbers.data();
  b.rewards = rewards.data();
  b.terminated = terminated.data();
  b.truncated = truncated.data();
  b.observations = rows.data();
  b.final_observations = finals.data();
  b.obs_game = feature_major ? 1 : CAROM_OBSERVATION;
  b.obs_entry = feature_major ? (long long)n : 1;
  b.masks = masks.data();
  const unsigned blocks = (unsigned)((n + CAROM_THREADS - 1) / CAROM_THREADS);
  launch(carom_reset, blocks, CAROM_THREADS, b);
  put_rows(rows, b);
  for (size_t step = 0; step < steps; step++) {
    b.actions = actions.data() + step * n * width;
    launch(carom_step, blocks, CAROM_THREADS, b);
    put(rewards);
    put(terminated);
    put(truncated);
    put_rows(rows, b);
    put_rows(finals, b);
    put(masks);
    put_part(numbers, CAROM_ENDED_RETURN, n);
    put_part(counts, CAROM_ENDED_LENGTH, n);
    put_part(numbers, CAROM_SEED, n);
    put_part(counts, CAROM_FAULT, n);
  }
  CaromPictures p = {};
  p.state = state.data();
  p.count = (long long)n;
  p.bytes = pictures.data();
  p.stride = CAROM_PICTURE;
  launch_lanes(carom_pixels, (unsigned)((n + CAROM_WARPS - 1) / CAROM_WARPS), CAROM_WARPS * CAROM_LANES, p);
  put(pictures);
  put(state);
  return 0;
}
