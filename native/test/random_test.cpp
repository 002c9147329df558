// Random ops against a scalar Philox4x32-10 written out here, and against published vectors.
#include <array>
#include <limits>
#include <set>

#include "test/check.h"

using namespace carom;
using namespace carom::test;

namespace {

using Words = std::array<std::uint32_t, 4>;

Words philox_block(Words c, std::uint32_t k0, std::uint32_t k1) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0],
                        p1 = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return c;
}

const std::vector<std::int32_t> kState = {123456, -98765, -1, 41};

/// Word i of a call with kState.
std::uint32_t word(std::int64_t i) {
  const Words block = philox_block({static_cast<std::uint32_t>(i / 4), 0, 0xFFFFFFFFu, 41}, 123456u,
                                   static_cast<std::uint32_t>(-98765));
  return block[static_cast<std::size_t>(i % 4)];
}

double uniform(std::int64_t i) { return (word(i) >> 8) * 0x1p-24; }

}  // namespace

TEST("Philox gives the published known answers") {
  // Random123's kat_vectors for philox4x32-10.
  CHECK(
      (philox_block({0, 0, 0, 0}, 0, 0) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  CHECK((philox_block({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0) ==
         Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST("uniform draws the stream and advances the 64-bit counter") {
  Driver d(setup);
  for (const std::int64_t n : {1, 3, 64, 65, 1000, 5003}) {
    const Operand state = d.ints({4}, kState), out = d.empty({n});
    d.run("uniform", {state}, {out});
    std::vector<double> expected;
    for (std::int64_t i = 0; i < n; ++i) expected.push_back(uniform(i));
    CHECK_CLOSE(d.read(out), expected, 0, 0);
    CHECK((d.read_ints(state) == std::vector<std::int32_t>{123456, -98765, 0, 42}));
  }
}

TEST("normal is Box and Muller on the same stream") {
  Driver d(setup);
  const Operand state = d.ints({4}, kState), out = d.empty({1003});
  d.run("normal", {state}, {out});
  std::vector<double> expected;
  for (std::int64_t i = 0; i < 1003; ++i) {
    const std::int64_t first = i / 2 * 2;
    const double radius = std::sqrt(-2 * std::log(1 - uniform(first)));
    const double angle = 2 * 3.14159265358979323846 * uniform(first + 1);
    expected.push_back(radius * (i % 2 == 0 ? std::cos(angle) : std::sin(angle)));
  }
  CHECK_CLOSE(d.read(out), expected, 2e-6, 1e-6);
}

TEST("permutation holds every number once, also for awkward sizes") {
  Driver d(setup);
  for (const std::int64_t n : {1, 2, 3, 5, 16, 17, 1000, 4096}) {
    const Operand state = d.ints({4}, kState), out = d.empty({n}, DType::int32),
                  next = d.empty({n}, DType::int32);
    d.run("permutation", {state}, {out});
    d.run("permutation", {state}, {next});
    const auto values = d.read_ints(out);
    const std::set<std::int32_t> distinct(values.begin(), values.end());
    CHECK_EQUAL(static_cast<std::int64_t>(distinct.size()), n);
    CHECK(*distinct.begin() == 0 && *distinct.rbegin() == n - 1);
    CHECK(n < 16 || values != d.read_ints(next));
  }
}

TEST("permutation is the same on every backend") {
  Driver d(setup), processor(1, Isa::portable);
  std::vector<std::int32_t> drawn[2];
  int i = 0;
  for (Driver* driver : {&d, &processor}) {
    const Operand out = driver->empty({1000}, DType::int32);
    driver->run("permutation", {driver->ints({4}, kState)}, {out});
    drawn[i++] = driver->read_ints(out);
  }
  CHECK(drawn[0] == drawn[1]);
}

TEST("categoricalSample inverts the cumulative distribution") {
  Driver d(setup);
  for (const std::int64_t actions : {1, 3, 18, 50}) {
    const std::int64_t rows = 203;
    const Operand state = d.ints({4}, kState);
    const Operand logits = d.random({rows, actions + 1}, 1, -3, 3).sliced(1, 0, actions);
    const Operand action = d.empty({rows}, DType::int32), log_prob = d.empty({rows});
    d.run("categoricalSample", {logits, state}, {action, log_prob}, {0});
    const auto z = d.read(logits);
    const auto chosen = d.read_ints(action);
    std::vector<double> expected_log;
    for (std::int64_t r = 0; r < rows; ++r) {
      double total = 0, below = 0;
      for (std::int64_t a = 0; a < actions; ++a)
        total += std::exp(z[static_cast<std::size_t>(r * actions + a)]);
      const std::int32_t got = chosen[static_cast<std::size_t>(r)];
      CHECK(got >= 0 && got < actions);
      for (std::int64_t a = 0; a < got; ++a)
        below += std::exp(z[static_cast<std::size_t>(r * actions + a)]);
      const double own = std::exp(z[static_cast<std::size_t>(r * actions + got)]);
      const double target = uniform(r) * total;
      CHECK(below <= target + 1e-5 * total && target <= below + own + 1e-5 * total);
      expected_log.push_back(std::log(own / total));
    }
    CHECK_CLOSE(d.read(log_prob), expected_log, 1e-5, 2e-6);
    CHECK_EQUAL(d.read_ints(state)[2], 0);
  }
}

TEST("categoricalSample greedy takes the first best and never an impossible action") {
  Driver d(setup);
  const float ninf = -std::numeric_limits<float>::infinity();
  const Operand state = d.ints({4}, kState);
  const Operand logits = d.floats({3, 3}, {1, 2, 2, ninf, ninf, 0, 5, ninf, ninf});
  const Operand action = d.empty({3}, DType::int32), log_prob = d.empty({3});
  d.run("categoricalSample", {logits, state}, {action, log_prob}, {1});
  CHECK((d.read_ints(action) == std::vector<std::int32_t>{1, 2, 0}));
  d.run("categoricalSample", {logits, state}, {action, log_prob}, {0});
  CHECK((d.read_ints(action)[1] == 2 && d.read_ints(action)[2] == 0));
}
