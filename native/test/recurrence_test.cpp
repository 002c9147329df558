// gruSequence, lstmSequence and minGruScan against plain loops in double; their gradients against
// central differences of those loops.
#include "test/check.h"

using namespace carom;
using namespace carom::test;

namespace {

using Values = std::vector<double>;
using Operands = std::vector<Values>;

struct Sizes {
  std::int64_t steps, batch, units;
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// A loop over the steps: operands (those of the op, without reset) to outputs.
using Model = Values (*)(const Sizes&, const Operands&, const std::vector<std::uint8_t>& reset);

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// bias[g] + state weight[g]^T
double product(const Values& weight, const Values& bias, const double* state, std::int64_t units,
               std::int64_t g) {
  double total = bias[at(g)];
  for (std::int64_t k = 0; k < units; ++k) total += state[k] * weight[at(g * units + k)];
  return total;
}

Values gru_model(const Sizes& s, const Operands& in, const std::vector<std::uint8_t>& reset) {
  Values h = in[1], out;
  for (std::int64_t row = 0; row < s.steps * s.batch; ++row) {
    double* state = &h[at(row % s.batch * s.units)];
    if (reset[at(row)] != 0) std::fill(state, state + s.units, 0.0);
    const Values before(state, state + s.units);
    for (std::int64_t j = 0; j < s.units; ++j) {
      const double* p = &in[0][at(row * 3 * s.units + j)];
      const auto inner = [&](std::int64_t g) {
        return product(in[2], in[3], before.data(), s.units, g * s.units + j);
      };
      const double r = sigmoid(p[0] + inner(0)), z = sigmoid(p[s.units] + inner(1));
      const double n = std::tanh(p[2 * s.units] + r * inner(2));
      state[j] = (1 - z) * n + z * before[at(j)];
    }
    out.insert(out.end(), state, state + s.units);
  }
  return out;
}

Values lstm_model(const Sizes& s, const Operands& in, const std::vector<std::uint8_t>& reset) {
  Values h = in[1], c = in[2], out;
  for (std::int64_t row = 0; row < s.steps * s.batch; ++row) {
    double* state = &h[at(row % s.batch * s.units)];
    double* cell = &c[at(row % s.batch * s.units)];
    if (reset[at(row)] != 0) {
      std::fill(state, state + s.units, 0.0);
      std::fill(cell, cell + s.units, 0.0);
    }
    const Values before(state, state + s.units);
    for (std::int64_t j = 0; j < s.units; ++j) {
      const auto input = [&](std::int64_t g) {
        return in[0][at(row * 4 * s.units + g * s.units + j)] +
               product(in[3], in[4], before.data(), s.units, g * s.units + j);
      };
      cell[j] = sigmoid(input(1)) * cell[j] + sigmoid(input(0)) * std::tanh(input(2));
      state[j] = sigmoid(input(3)) * std::tanh(cell[j]);
    }
    out.insert(out.end(), state, state + s.units);
  }
  out.insert(out.end(), c.begin(), c.end());
  return out;
}

Values scan_model(const Sizes& s, const Operands& in, const std::vector<std::uint8_t>& reset) {
  Values h = in[2], out;
  const std::int64_t lanes = s.batch * s.units;
  for (std::int64_t i = 0; i < s.steps * lanes; ++i) {
    const double z = sigmoid(in[0][at(i)]), x = in[1][at(i)];
    double& state = h[at(i % lanes)];
    const double before = reset[at(i / s.units)] != 0 ? 0 : state;
    state = (1 - z) * before + z * (x >= 0 ? x + 0.5 : sigmoid(x));
    out.push_back(state);
  }
  return out;
}

/// d(sum of weights * outputs) / d(operand `which`), by central differences.
Values slope(Model model, const Sizes& s, Operands in, const std::vector<std::uint8_t>& reset,
             const std::vector<float>& weights, std::size_t which) {
  constexpr double kStep = 1e-5;
  const auto loss = [&] {
    const Values out = model(s, in, reset);
    double total = 0;
    for (std::size_t i = 0; i < out.size(); ++i) total += out[i] * weights[i];
    return total;
  };
  Values result;
  for (double& x : in[which]) {
    const double keep = x;
    x = keep + kStep;
    const double up = loss();
    x = keep - kStep;
    result.push_back((up - loss()) / (2 * kStep));
    x = keep;
  }
  return result;
}

struct Problem {
  Sizes s;
  std::vector<Operand> operands;  // without reset
  Operands values;
  std::vector<std::uint8_t> flags;
  Operand reset, dy;
  std::vector<float> weights;

  Problem(Driver& d, const Sizes& sizes, const std::vector<std::vector<std::int64_t>>& shapes,
          std::int64_t outputs, int reset_every)
      : s(sizes) {
    for (const auto& shape : shapes) {
      operands.push_back(d.random(shape, static_cast<std::uint32_t>(operands.size()) + 3));
      const auto floats = d.read(operands.back());
      values.emplace_back(floats.begin(), floats.end());
    }
    for (std::int64_t i = 0; i < s.steps * s.batch; ++i)
      flags.push_back((i * 7 + 3) % reset_every == 0);
    reset = d.bytes({s.steps, s.batch}, flags, DType::boolean);
    dy = d.random({outputs}, 77);
    weights = d.read(dy);
  }
};

Operand reshaped(Operand x, const std::vector<std::int64_t>& shape) {
  x.shape = shape;
  x.strides.assign(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) x.strides[i - 1] = x.strides[i] * shape[i];
  return x;
}

}  // namespace

TEST("gruSequence: the equations, and the gradient by finite differences") {
  Driver d(setup);
  for (const Sizes& s : std::vector<Sizes>{{1, 1, 1}, {2, 3, 5}, {4, 9, 17}, {1, 2, 33}}) {
    const Problem p(d, s,
                    {{s.steps, s.batch, 3 * s.units},
                     {s.batch, s.units},
                     {3 * s.units, s.units},
                     {3 * s.units}},
                    s.steps * s.batch * s.units, 4);
    const std::vector<std::int64_t> shape = {s.steps, s.batch, s.units};
    const Operand out = d.empty(shape), gates = d.empty({s.steps, s.batch, 4 * s.units});
    const auto& in = p.operands;
    d.run("gruSequence", {in[0], in[1], in[2], in[3], p.reset}, {out, gates}, {1, 1});
    CHECK_CLOSE(d.read(out), gru_model(s, p.values, p.flags), 1e-5, 2e-6);
    const Operand dprojected = d.empty(in[0].shape), dgates = d.empty(in[0].shape);
    const Operand previous = d.empty(shape), dh0 = d.empty(in[1].shape);
    d.run("gruSequenceBackward", {reshaped(p.dy, shape), out, gates, in[1], in[2], p.reset},
          {dprojected, dgates, previous, dh0}, {1});
    CHECK_CLOSE(d.read(dprojected), slope(gru_model, s, p.values, p.flags, p.weights, 0), 1e-4,
                1e-5);
    CHECK_CLOSE(d.read(dh0), slope(gru_model, s, p.values, p.flags, p.weights, 1), 1e-4, 1e-5);
    const std::int64_t rows = s.steps * s.batch;
    const Operand dweight = d.empty(in[2].shape);
    d.run("matmul",
          {reshaped(dgates, {rows, 3 * s.units}).transposed(), reshaped(previous, {rows, s.units})},
          {dweight}, {0});
    CHECK_CLOSE(d.read(dweight), slope(gru_model, s, p.values, p.flags, p.weights, 2), 1e-4, 1e-5);
  }
}

TEST("lstmSequence: the equations, and the gradient by finite differences") {
  Driver d(setup);
  for (const Sizes& s : std::vector<Sizes>{{1, 1, 1}, {2, 3, 5}, {4, 9, 17}, {1, 2, 33}}) {
    const Problem p(d, s,
                    {{s.steps, s.batch, 4 * s.units},
                     {s.batch, s.units},
                     {s.batch, s.units},
                     {4 * s.units, s.units},
                     {4 * s.units}},
                    (s.steps + 1) * s.batch * s.units, 4);
    const std::vector<std::int64_t> shape = {s.steps + 1, s.batch, s.units};
    const Operand out = d.empty(shape), gates = d.empty({s.steps, s.batch, 5 * s.units});
    const auto& in = p.operands;
    d.run("lstmSequence", {in[0], in[1], in[2], in[3], in[4], p.reset}, {out, gates}, {1, 1});
    CHECK_CLOSE(d.read(out), lstm_model(s, p.values, p.flags), 1e-5, 2e-6);
    const Operand dgates = d.empty(in[0].shape), previous = d.empty({s.steps, s.batch, s.units});
    const Operand dh0 = d.empty(in[1].shape), dc0 = d.empty(in[2].shape);
    d.run("lstmSequenceBackward", {reshaped(p.dy, shape), out, gates, in[1], in[2], in[3], p.reset},
          {dgates, previous, dh0, dc0}, {1});
    CHECK_CLOSE(d.read(dgates), slope(lstm_model, s, p.values, p.flags, p.weights, 0), 1e-4, 1e-5);
    CHECK_CLOSE(d.read(dh0), slope(lstm_model, s, p.values, p.flags, p.weights, 1), 1e-4, 1e-5);
    CHECK_CLOSE(d.read(dc0), slope(lstm_model, s, p.values, p.flags, p.weights, 2), 1e-4, 1e-5);
  }
}

TEST("gruSequence and lstmSequence of many units, without resets too") {
  Driver d(setup);
  for (const std::int64_t units : {70, 150}) {
    const Sizes s{3, 6, units};
    for (const std::int64_t gates : {3, 4}) {
      const std::vector<std::int64_t> state = {s.batch, units};
      std::vector<std::vector<std::int64_t>> shapes = {
          {s.steps, s.batch, gates * units}, state, {gates * units, units}, {gates * units}};
      if (gates == 4) shapes.insert(shapes.begin() + 2, state);
      const Problem p(d, s, shapes, 1, 4);
      const auto& in = p.operands;
      for (const bool resets : {true, false}) {
        const auto flags = resets ? p.flags : std::vector<std::uint8_t>(p.flags.size());
        std::vector<Operand> inputs = in;
        if (resets) inputs.push_back(p.reset);
        const Operand out = d.empty({s.steps + (gates == 4 ? 1 : 0), s.batch, units});
        d.run(gates == 3 ? "gruSequence" : "lstmSequence", inputs, {out}, {1, resets ? 1.0 : 0.0});
        const Model model = gates == 3 ? gru_model : lstm_model;
        CHECK_CLOSE(d.read(out), model(s, p.values, flags), 1e-5, 1e-5);
      }
    }
  }
}

TEST("gruSequence and lstmSequence of many units: the gradient of the first state") {
  Driver d(setup);
  for (const std::int64_t units : {66, 144}) {
    const Sizes s{2, 2, units};
    const std::vector<std::int64_t> state = {2, units}, shape = {2, 2, units};
    const Operand previous = d.empty(shape), dh0 = d.empty(state), dc0 = d.empty(state);
    {
      const Problem p(d, s, {{2, 2, 3 * units}, state, {3 * units, units}, {3 * units}}, 4 * units,
                      3);
      const auto& in = p.operands;
      const Operand out = d.empty(shape), gates = d.empty({2, 2, 4 * units});
      const Operand dprojected = d.empty(in[0].shape), dgates = d.empty(in[0].shape);
      d.run("gruSequence", {in[0], in[1], in[2], in[3], p.reset}, {out, gates}, {1, 1});
      d.run("gruSequenceBackward", {reshaped(p.dy, shape), out, gates, in[1], in[2], p.reset},
            {dprojected, dgates, previous, dh0}, {1});
      CHECK_CLOSE(d.read(dh0), slope(gru_model, s, p.values, p.flags, p.weights, 1), 1e-4, 1e-4);
    }
    const Problem p(d, s, {{2, 2, 4 * units}, state, state, {4 * units, units}, {4 * units}},
                    6 * units, 3);
    const auto& in = p.operands;
    const Operand out = d.empty({3, 2, units}), gates = d.empty({2, 2, 5 * units});
    const Operand dgates = d.empty(in[0].shape);
    d.run("lstmSequence", {in[0], in[1], in[2], in[3], in[4], p.reset}, {out, gates}, {1, 1});
    d.run("lstmSequenceBackward",
          {reshaped(p.dy, {3, 2, units}), out, gates, in[1], in[2], in[3], p.reset},
          {dgates, previous, dh0, dc0}, {1});
    CHECK_CLOSE(d.read(dh0), slope(lstm_model, s, p.values, p.flags, p.weights, 1), 1e-4, 1e-4);
    CHECK_CLOSE(d.read(dc0), slope(lstm_model, s, p.values, p.flags, p.weights, 2), 1e-4, 1e-4);
  }
}

TEST("minGruScan: the equations, and the gradient by finite differences, whole and in chunks") {
  Driver d(setup);
  for (const Sizes& s : std::vector<Sizes>{{1, 1, 1}, {3, 4, 70}, {260, 1, 3}, {300, 2, 1}}) {
    const std::vector<std::int64_t> shape = {s.steps, s.batch, s.units};
    const Problem p(d, s, {shape, shape, {s.batch, s.units}}, s.steps * s.batch * s.units, 23);
    const auto& in = p.operands;
    const Operand out = d.empty(shape);
    d.run("minGruScan", {in[0], in[1], in[2], p.reset}, {out}, {1});
    CHECK_CLOSE(d.read(out), scan_model(s, p.values, p.flags), 1e-5, 1e-6);
    // The gradients side by side, as halves of one tensor have them.
    const Operand both = d.empty({s.steps, s.batch, 2 * s.units}), dh0 = d.empty(in[2].shape);
    const Operand dgate = both.sliced(2, 0, s.units), dcandidate = both.sliced(2, s.units, s.units);
    d.run("minGruScanBackward", {reshaped(p.dy, shape), in[0], in[1], out, in[2], p.reset},
          {dgate, dcandidate, dh0}, {1});
    CHECK_CLOSE(d.read(dgate), slope(scan_model, s, p.values, p.flags, p.weights, 0), 1e-4, 1e-5);
    CHECK_CLOSE(d.read(dcandidate), slope(scan_model, s, p.values, p.flags, p.weights, 1), 1e-4,
                1e-5);
    CHECK_CLOSE(d.read(dh0), slope(scan_model, s, p.values, p.flags, p.weights, 2), 1e-4, 1e-5);
  }
}

TEST("recurrent ops refuse operands that do not fit") {
  Driver d(setup);
  const Operand projected = d.random({2, 3, 12}, 1), h0 = d.random({3, 4}, 2);
  const Operand weight = d.random({12, 4}, 3), out = d.empty({2, 3, 4});
  CHECK_ERROR(shape_mismatch,
              d.run("gruSequence", {projected, d.random({2, 4}, 2), weight}, {out}, {0, 0}));
  CHECK_ERROR(invalid_argument, d.run("gruSequence", {projected, h0, weight}, {out}, {1, 0}));
  CHECK_ERROR(invalid_argument, d.run("gruSequence", {projected, h0, weight}, {out}, {0}));
  CHECK_ERROR(
      invalid_argument,
      d.run("gruSequence", {projected, h0, weight.transposed().transposed().sliced(0, 11, 12, -1)},
            {out}, {0, 0}));
  CHECK_ERROR(dtype_mismatch, d.run("minGruScan", {out, out, h0, out}, {d.empty({2, 3, 4})}, {1}));
  CHECK_ERROR(shape_mismatch, d.run("minGruScan", {out, out, h0}, {d.empty({2, 3, 5})}, {0}));
}
