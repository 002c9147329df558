// Chains of layers that the GPU runs as one kernel: against the same recordings step by step, against
// plain loops in double, and what may not become a chain. The processor fuses nothing.
#if defined(CAROM_CUDA_TESTS)
#include <cstdlib>

#include "cuda/backend.h"
#include "cuda/fusion/chains.h"
#include "cuda/fusion/memory_rule.h"
#include "test/check.h"

using namespace carom;
using namespace carom::test;

namespace {

using cuda::Fusion;
using cuda::Unit;

/// Chains of the recording that was made ready last.
struct Counts {
  int forward = 0, backward = 0, steps = 0;
  bool operator==(const Counts&) const = default;
};
Counts counts;

/// The GPU's backend, which also says what became of a recording.
class Watched : public Backend {
 public:
  explicit Watched(Precision precision) : precision_(precision) {
    CudaOptions options;
    options.precision = precision;
    inner_ = make_cuda_backend(options);
    inner_->reclaim = [this] { reclaim(); };
  }
  BackendFacts facts() const override { return inner_->facts(); }
  std::byte* allocate(std::size_t bytes) override { return inner_->allocate(bytes); }
  void release(std::byte* data) override { inner_->release(data); }
  std::size_t capacity() const override { return inner_->capacity(); }
  std::size_t available() const override { return inner_->available(); }
  void write(std::byte* to, const std::byte* from, std::size_t bytes) override {
    inner_->write(to, from, bytes);
  }
  void read(std::byte* to, const std::byte* from, std::size_t bytes) override {
    inner_->read(to, from, bytes);
  }
  std::byte* adopt(std::byte* data, std::size_t bytes) override {
    return inner_->adopt(data, bytes);
  }
  void disown(std::byte* data) override { inner_->disown(data); }
  bool runs_while_recording() const override { return inner_->runs_while_recording(); }
  bool uses_scratch() const override { return inner_->uses_scratch(); }
  void run(const StepView& step, Fault& fault) override { inner_->run(step, fault); }
  void finish() override { inner_->finish(); }
  std::unique_ptr<Replay> prepare(const std::vector<Step>& steps, Fault& fault) override {
    counts = {};
    constexpr std::size_t kSharedBytes = 227 * 1024;
    for (const Unit& unit :
         cuda::find_units(steps, precision_, kSharedBytes, cuda::fusion_setting())) {
      if (unit.kind == Unit::Kind::forward) ++counts.forward;
      else if (unit.kind == Unit::Kind::backward) ++counts.backward;
      else ++counts.steps;
    }
    return inner_->prepare(steps, fault);
  }

 private:
  const Precision precision_;
  std::unique_ptr<Backend> inner_;
};

template <Precision precision>
std::unique_ptr<Backend> make_watched() {
  return std::make_unique<Watched>(precision);
}

struct Kind {
  std::unique_ptr<Backend> (*backend)();
  double tolerance;  // of the largest element
};
const std::vector<Kind> kKinds = {{make_watched<Precision::float32>, 2e-6},
                                  {make_watched<Precision::tf32>, 4e-3},
                                  {make_watched<Precision::bfloat16>, 3e-2}};

/// CAROM_CUDA_FUSION while it lives.
class Setting {
 public:
  explicit Setting(const char* value) { setenv("CAROM_CUDA_FUSION", value, 1); }
  ~Setting() { unsetenv("CAROM_CUDA_FUSION"); }
};

struct Case {
  std::int64_t rows;
  std::vector<std::int64_t> widths;  // inputs, then the outputs of each layer
  int activation;                    // of all layers but the last
  bool reuse = false;                // temporaries go back as soon as a tape lets go of them
  bool plain_end = false;            // the last layer has no bias, so that its dz is dy
  bool input_gradient = false;

  std::size_t layers() const { return widths.size() - 1; }
};

using Results = std::vector<std::vector<float>>;

/// Records a forward and a backward pass as the tensor package does, runs it, and reads it.
class Net {
 public:
  Net(Driver& d, const Case& c) : d_(d), case_(c) {
    x_ = d.random({c.rows, c.widths[0]}, 1);
    for (std::size_t l = 0; l < c.layers(); ++l) {
      const auto seed = static_cast<std::uint32_t>(10 * l);
      const float scale = 1.5f / std::sqrt(static_cast<float>(c.widths[l]));
      weights_.push_back(d.random({c.widths[l + 1], c.widths[l]}, seed + 2, -scale, scale));
      biases_.push_back(d.random({c.widths[l + 1]}, seed + 3));
    }
    dy_ = d.random({c.rows, c.widths.back()}, 4);
  }

  /// Gradients of weights and biases from the last layer on, and y; unless reused, also all between.
  Results run(int times = 1) {
    read_.clear();
    d_.engine.begin_recording();
    forward();
    backward();
    const double program = d_.engine.end_recording();
    for (int i = 1; i < times; ++i) d_.engine.replay(program);
    Results results;
    for (const Operand& view : read_) results.push_back(d_.read(view));
    d_.engine.free_program(program);
    return results;
  }

  std::vector<std::vector<double>> expected();

 private:
  int activation(std::size_t l) const { return l + 1 < case_.layers() ? case_.activation : 0; }
  bool plain(std::size_t l) const { return case_.plain_end && l + 1 == case_.layers(); }
  void keep(const Operand& view) {
    if (!case_.reuse) read_.push_back(view);
  }
  void drop(const Operand& view) {
    if (case_.reuse) d_.engine.free(view.handle);
  }
  void forward() {
    activations_ = {x_};
    for (std::size_t l = 0; l < case_.layers(); ++l) {
      std::vector<Operand> inputs{activations_.back(), weights_[l]};
      if (!plain(l)) inputs.push_back(biases_[l]);
      activations_.push_back(d_.empty({case_.rows, case_.widths[l + 1]}));
      d_.run("linear", inputs, {activations_.back()}, {static_cast<double>(activation(l))});
      keep(activations_.back());
    }
  }
  void backward();

  Driver& d_;
  const Case case_;
  Operand x_, dy_;
  std::vector<Operand> weights_, biases_, activations_, read_;
};

void Net::backward() {
  Operand dy = dy_;
  for (std::size_t l = case_.layers(); l-- > 0;) {
    Operand dz = dy;
    if (!plain(l)) {
      dz = d_.empty(dy.shape);
      const Operand dbias = d_.empty({dy.shape[1]});
      d_.run("linearBackward", {dy, activation(l) == 0 ? dy : activations_[l + 1]}, {dz, dbias},
             {static_cast<double>(activation(l))});
      keep(dz);
      read_.push_back(dbias);
    }
    Operand dx{};
    if (l > 0 || case_.input_gradient) {
      dx = d_.empty({case_.rows, case_.widths[l]});
      d_.run("matmul", {dz, weights_[l]}, {dx}, {0});
      keep(dx);
    }
    const Operand dw = d_.empty({case_.widths[l + 1], case_.widths[l]});
    d_.run("matmul", {dz.transposed(), activations_[l]}, {dw}, {0});
    read_.push_back(dw);
    if (dz.handle != dy.handle) drop(dz);
    if (dy.handle != dy_.handle) drop(dy);
    drop(activations_[l + 1]);
    dy = dx;
  }
}

using Matrix = std::vector<double>;

/// What run() reads, by plain loops.
std::vector<Matrix> Net::expected() {
  const auto doubles = [&](const Operand& view) {
    const auto values = d_.read(view);
    return Matrix(values.begin(), values.end());
  };
  const auto rows = static_cast<std::size_t>(case_.rows);
  const auto width = [&](std::size_t l) { return static_cast<std::size_t>(case_.widths[l]); };
  std::vector<Matrix> out, y{doubles(x_)};
  for (std::size_t l = 0; l < case_.layers(); ++l) {
    const Matrix w = doubles(weights_[l]), bias = doubles(biases_[l]);
    Matrix next;
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t o = 0; o < width(l + 1); ++o) {
        double sum = plain(l) ? 0 : bias[o];
        for (std::size_t i = 0; i < width(l); ++i) {
          sum += y[l][r * width(l) + i] * w[o * width(l) + i];
        }
        next.push_back(activation(l) == 2 ? std::tanh(sum)
                                          : (activation(l) == 1 ? std::max(sum, 0.0) : sum));
      }
    }
    y.push_back(next);
    if (!case_.reuse) out.push_back(next);
  }
  Matrix dy = doubles(dy_);
  for (std::size_t l = case_.layers(); l-- > 0;) {
    const Matrix w = doubles(weights_[l]);
    Matrix dz = dy, dbias(width(l + 1)), dx(rows * width(l)), dw(width(l + 1) * width(l));
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t o = 0; o < width(l + 1); ++o) {
        double& z = dz[r * width(l + 1) + o];
        const double v = y[l + 1][r * width(l + 1) + o];
        if (activation(l) == 1 && v <= 0) z = 0;
        if (activation(l) == 2) z *= 1 - v * v;
        dbias[o] += z;
        for (std::size_t i = 0; i < width(l); ++i) {
          dx[r * width(l) + i] += z * w[o * width(l) + i];
          dw[o * width(l) + i] += z * y[l][r * width(l) + i];
        }
      }
    }
    if (!plain(l) && !case_.reuse) out.push_back(dz);
    if (!plain(l)) out.push_back(dbias);
    if (!case_.reuse && (l > 0 || case_.input_gradient)) out.push_back(dx);
    out.push_back(dw);
    dy = dx;
  }
  return out;
}

/// Every element within `tolerance` of the largest.
void check_all(const Results& got, const std::vector<Matrix>& expected, double tolerance) {
  CHECK_EQUAL(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    double largest = 0;
    for (const double value : expected[i]) largest = std::max(largest, std::abs(value));
    CHECK_CLOSE(got[i], expected[i], 0, tolerance * largest + 1e-7);
  }
}

/// The same of the norms: where relu is fed rounded numbers, single elements are on its other side.
void check_norms(const Results& got, const std::vector<Matrix>& expected, double tolerance) {
  CHECK_EQUAL(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    double error = 0, whole = 0;
    for (std::size_t j = 0; j < got[i].size(); ++j) {
      const double off = static_cast<double>(got[i][j]) - expected[i][j];
      error += off * off;
      whole += expected[i][j] * expected[i][j];
    }
    if (!(std::sqrt(error) <= tolerance * std::sqrt(whole))) {
      fail(__FILE__, __LINE__, text("result ", i, " is off by ", std::sqrt(error / whole)));
    }
  }
}

/// Fused, step by step, and in double.
void compare(const Case& c, const char* setting) {
  for (const Kind& kind : kKinds) {
    Driver d(Setup{1, best_isa(), kind.backend});
    Net net(d, c);
    const auto expected = net.expected();
    Results fused, again, apart;
    {
      const Setting on(setting);
      fused = net.run();
      if (!(counts == Counts{1, 1, 0})) {
        fail(__FILE__, __LINE__,
             text(c.rows, " rows of ", c.widths[0], ": ", counts.forward, " chains forward, ",
                  counts.backward, " backward, ", counts.steps, " steps"));
      }
      again = net.run(2);
    }
    const Setting off("off");
    apart = net.run();
    CHECK_EQUAL(counts.forward + counts.backward, 0);
    CHECK(fused == again);
    std::vector<Matrix> others;
    for (const auto& values : apart) others.emplace_back(values.begin(), values.end());
    const bool by_norm = c.activation == 1 && &kind != &kKinds.front();
    // Sums over rows cancel, so that their error grows beside them.
    const double tolerance = kind.tolerance * (c.rows > 1000 ? 4 : 1);
    if (by_norm) {
      check_norms(fused, expected, 0.15);
      check_norms(fused, others, tolerance);
    } else {
      check_all(fused, expected, tolerance);
      check_all(fused, others, tolerance);
    }
  }
}

}  // namespace

TEST("fusion: two to four layers agree with their steps and with plain loops") {
  compare({100, {5, 7, 3}, 2}, "on");
  compare({300, {118, 64, 64, 4}, 2}, "automatic");
  compare({77, {33, 17, 20, 9, 2}, 1}, "on");
  compare({50, {16, 128, 1}, 0}, "on");
  compare({2, {1, 1, 1}, 2}, "on");
}

TEST("fusion: temporaries share memory as a tape's do") {
  compare({300, {118, 64, 64, 4}, 2, true}, "automatic");
  compare({1000, {16, 64, 64, 16}, 1, true}, "automatic");
  compare({260, {20, 20, 20, 20, 20}, 2, true}, "automatic");
  compare({256, {32, 32, 4}, 2, true}, "automatic");  // dw where the last dz was
  compare({260, {20, 20, 20, 20, 20}, 1, true, true}, "automatic");
}

TEST("fusion: gradients of the input, a last layer without bias") {
  compare({70, {21, 40, 6}, 2, false, false, true}, "on");
  compare({70, {21, 40, 6}, 1, false, true, true}, "on");
  compare({300, {30, 30, 30, 5}, 2, true, true}, "automatic");
}

TEST("fusion: more tiles than blocks, of 32 and of 64 rows") {
  compare({132 * 64 + 70, {3, 5, 2}, 2}, "automatic");
  compare({132 * 16 + 5, {3, 17, 2}, 1}, "automatic");
}

TEST("fusion: sums in memory where a block's own is too small") {
  setenv("CAROM_EMULATED_GPU_SHARED_MEMORY", "25000", 1);
  compare({132 * 64 + 70, {3, 5, 2}, 2}, "automatic");
  unsetenv("CAROM_EMULATED_GPU_SHARED_MEMORY");
}

TEST("fusion: few rows, wide layers and what does not fit stay steps") {
  const auto counted = [&](const Case& c, const char* setting) {
    const Setting now(setting);
    Driver d(Setup{1, setup.isa, make_watched<Precision::float32>});
    Net(d, c).run();
    return counts;
  };
  CHECK((counted({255, {5, 7, 3}, 2}, "automatic") == Counts{0, 0, 7}));
  CHECK((counted({256, {5, 7, 3}, 2}, "automatic") == Counts{1, 1, 0}));
  CHECK((counted({256, {5, 7, 3}, 2}, "off") == Counts{0, 0, 7}));
  CHECK((counted({256, {5, 257, 3}, 2}, "on") == Counts{0, 0, 7}));
  CHECK((counted({256, {5, 129, 3}, 2}, "on") == Counts{1, 0, 5}));
  CHECK((counted({256, {5, 5, 5, 5, 5, 3}, 2}, "on") == Counts{1, 1, 3}));
  CHECK((counted({256, {128, 128, 128, 128, 128}, 2}, "on").backward == 2));  // in two parts
}

TEST("fusion: layers that are not linked, or share memory otherwise, stay steps") {
  const Setting on("on");
  Driver d(Setup{1, setup.isa, make_watched<Precision::float32>});
  const std::int64_t rows = 40;
  const Operand store = d.random({4 * rows, 8}, 1), w = d.random({8, 8}, 2),
                v = d.random({8, 4}, 3), wide = d.random({rows, 20}, 4);
  const auto part = [&](std::int64_t row) { return store.sliced(0, row, rows); };
  const auto fused = [&](const Operand& x, const Operand& w1, const Operand& y1, const Operand& x2,
                         const Operand& w2, const Operand& y2) {
    d.engine.begin_recording();
    d.run("linear", {x, w1}, {y1}, {2});
    d.run("linear", {x2, w2}, {y2}, {2});
    d.engine.free_program(d.engine.end_recording());
    return counts.forward == 1;
  };
  CHECK(fused(part(0), w, part(40), part(40), w, part(80)));
  CHECK(fused(part(0), w, part(40), part(40), w, part(0)));              // the rows of x
  CHECK(!fused(part(0), w, part(40), part(40), w, part(120 - 1 - 81)));  // y1, shifted by rows
  CHECK(!fused(part(0), w, part(50), part(50), w, part(11)));            // x, shifted by rows
  CHECK(!fused(part(0), w, part(40), part(80), w, part(120)));           // another input
  CHECK(!fused(part(0), w, part(40), part(41), w, part(120)));           // shifted input
  CHECK(!fused(part(0), w, part(40), part(40).sliced(1, 0, 4), v, part(80)));
  CHECK(!fused(part(0), store.sliced(0, 80, 8), part(40), part(40), w, part(79)));  // weights
  CHECK(!fused(part(0), w, part(40), part(40), store.sliced(0, 47, 8), part(80)));
  const Operand y = wide.sliced(1, 2, 8);
  CHECK(fused(part(0), w, y, y, w, part(40)));  // rows with gaps
  CHECK(!fused(part(0), w, y, wide.sliced(1, 3, 8), w, part(40)));
}

TEST("fusion: the rule of memory") {
  using cuda::keeps_order;
  using cuda::Use;
  using enum Use::Kind;
  const float memory[100] = {};
  const auto range = [&](std::size_t step, Use::Kind kind, int begin, int stride) {
    return Use{step, kind, memory + begin, memory + begin + 40, stride};
  };
  CHECK(keeps_order({range(0, read, 0, 4), range(1, read, 3, 2)}));
  CHECK(keeps_order({range(0, write, 0, 4), range(1, write, 40, 4)}));
  CHECK(keeps_order({range(0, read, 0, 4), range(1, write, 0, 4)}));
  CHECK(!keeps_order({range(0, read, 0, 4), range(1, write, 0, 8)}));
  CHECK(!keeps_order({range(0, read, 0, 4), range(1, write, 4, 4)}));
  CHECK(!keeps_order({range(0, read, 0, 0), range(1, write, 0, 4)}));
  CHECK(keeps_order({range(0, read, 0, 4), range(1, final_write, 7, 0)}));
  CHECK(keeps_order({range(0, write, 0, 4), range(1, final_write, 7, 0)}));
  CHECK(!keeps_order({range(0, final_write, 7, 0), range(1, write, 0, 4)}));
  CHECK(!keeps_order({range(0, final_write, 7, 0), range(1, read, 0, 4)}));
  CHECK(!keeps_order({range(0, final_write, 7, 0), range(1, final_write, 0, 0)}));
  CHECK(!keeps_order({range(0, write, 0, 4), range(1, read, 0, 4)}));
  Use handed_on = range(1, read, 0, 4);
  handed_on.source = 0;
  CHECK(keeps_order({range(0, write, 0, 4), handed_on}));
  handed_on.source = 2;
  handed_on.step = 3;
  const Use before = range(1, write, 0, 4), source = range(2, write, 0, 4);
  CHECK(keeps_order({before, source, handed_on}));
  handed_on.source = 1;
  CHECK(!keeps_order({before, source, handed_on}));
  CHECK(!keeps_order({range(0, read, 0, 4), range(0, write, 0, 4)}));
}
#endif  // CAROM_CUDA_TESTS
