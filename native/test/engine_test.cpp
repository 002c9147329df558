// Memory, commands that are not valid, recording and replay, background runs.
#include <limits>
#include <thread>

#include "test/check.h"

using namespace carom;
using namespace carom::test;

TEST("a freed handle is recognised, also after its slot was used again") {
  Driver d(setup);
  const Operand a = d.empty({10}), b = d.empty({10});
  d.engine.free(a.handle);
  CHECK_ERROR(stale_handle, d.engine.free(a.handle));
  CHECK_ERROR(stale_handle, d.run("neg", {a}, {b}));
  const Operand c = d.empty({10});
  CHECK(c.handle != a.handle);
  CHECK_ERROR(stale_handle, d.run("neg", {b}, {a}));
  CHECK_ERROR(stale_handle, d.engine.free(123456789));
  CHECK_ERROR(invalid_argument, d.engine.free(-1));
  CHECK_ERROR(invalid_argument, d.engine.free(1.5));
  CHECK_ERROR(invalid_argument, d.engine.free(std::numeric_limits<double>::quiet_NaN()));
}

TEST("views must lie inside their storage") {
  Driver d(setup);
  const Operand a = d.empty({10}), out = d.empty({10});
  const auto bad = [&](const Operand& view) {
    CHECK_ERROR(invalid_argument, d.run("neg", {view}, {out}));
  };
  Operand v = a;
  v.offset = 1;
  bad(v);
  v = a;
  v.strides = {2};
  bad(v);
  v = a;
  v.strides = {-1};
  bad(v);
  v = a;
  v.shape = {1LL << 39, 1LL << 39};
  v.strides = {1LL << 39, 1LL << 39};
  bad(v);
  v = a;
  v.offset = -1;
  bad(v);
  CHECK_ERROR(invalid_argument, d.run("neg", {a}, {out.sliced(0, 0, 1).expanded({10})}));
  d.run("neg", {a.sliced(0, 9, 10, -1)}, {out});
}

TEST("the cache gives blocks back and the limit is kept") {
  Driver d(setup);
  d.engine.free(d.empty({1000}).handle);
  const auto once = d.engine.memory();
  for (int i = 0; i < 100; ++i) d.engine.free(d.empty({1000}).handle);
  const auto later = d.engine.memory();
  CHECK_EQUAL(later.system_allocations, once.system_allocations);
  CHECK_EQUAL(later.live_bytes, 0u);
  CHECK_EQUAL(later.cached_bytes, once.cached_bytes);
  d.engine.set_limit(1 << 20);
  CHECK_ERROR(out_of_memory, d.empty({1 << 20}));
  const Operand a = d.empty({100000});
  CHECK_ERROR(out_of_memory, d.empty({200000}));
  d.engine.free(a.handle);
  d.engine.free(d.empty({200000}).handle);
  CHECK_ERROR(invalid_argument, d.engine.alloc(DType::float64, -1));
  CHECK_ERROR(invalid_argument, d.engine.alloc(DType::uint8, 1LL << 41));
  CHECK_EQUAL(d.engine.live_handles(), 0);
}

TEST("a recorded program runs again on new contents") {
  Driver d(setup);
  const Operand x = d.random({200, 30}, 1), w = d.random({50, 30}, 2), y = d.empty({200, 50});
  d.engine.begin_recording();
  const Operand h = d.empty({200, 50});
  d.run("linear", {x, w}, {h}, {2});
  d.run("square", {h}, {h});
  const Operand sum = d.empty({50});
  d.run("sum", {h.transposed()}, {sum}, {1});
  d.run("add", {h, sum}, {y});
  d.engine.free(h.handle);
  CHECK_ERROR(recording, d.read(y));
  CHECK_ERROR(recording, d.engine.begin_recording());
  const double program = d.engine.end_recording();
  const auto first = d.read(y);
  d.run("fill", {}, {y}, {0});
  d.engine.replay(program);
  CHECK(d.read(y) == first);
  d.run("mul", {x, d.floats({1}, {0.5f})}, {x});
  d.engine.replay(program);
  const auto halved = d.read(y);
  CHECK(halved != first);
  d.run("linear", {x, w}, {y}, {2});
  d.run("square", {y}, {y});
  d.run("sum", {y.transposed()}, {sum}, {1});
  d.run("add", {y, sum}, {y});
  CHECK(d.read(y) == halved);
  CHECK_EQUAL(d.engine.describe(program).size(), 4u);
  CHECK_EQUAL(d.engine.describe(program)[0].shapes, "[200,30], [50,30] -> [200,50]");
  d.engine.free_program(program);
  CHECK_ERROR(stale_handle, d.engine.replay(program));
}

TEST("a program keeps what it uses until it is freed") {
  Driver d(setup);
  const Operand x = d.random({1000}, 1), y = d.empty({1000});
  const auto before = d.engine.memory().live_bytes;
  d.engine.begin_recording();
  const Operand t = d.empty({1000});
  d.run("neg", {x}, {t});
  d.run("exp", {t}, {y});
  d.engine.free(t.handle);
  const double program = d.engine.end_recording();
  const auto expected = d.read(y);
  d.engine.free(x.handle);
  // Memory handed out now must not be memory the program writes.
  std::vector<Operand> others;
  for (int i = 0; i < 20; ++i) others.push_back(d.random({1000}, 9));
  const auto other = d.read(others[0]);
  for (int i = 0; i < 3; ++i) d.engine.replay(program);
  CHECK(d.read(y) == expected);
  for (const Operand& o : others) CHECK(d.read(o) == other);
  for (const Operand& o : others) d.engine.free(o.handle);
  d.engine.free_program(program);
  CHECK_EQUAL(d.engine.live_handles(), 1);
  CHECK(d.engine.memory().live_bytes < before);
}

TEST("a profile times each step and does what replays do") {
  Driver d(setup);
  const Operand x = d.random({300, 40}, 1), w = d.random({50, 40}, 2), total = d.empty({300, 50});
  d.run("fill", {}, {total}, {0});
  d.engine.begin_recording();
  const Operand h = d.empty({300, 50});
  d.run("linear", {x, w}, {h}, {2});
  d.run("add", {total, h}, {total});
  d.engine.free(h.handle);
  const double program = d.engine.end_recording();
  d.engine.replay(program);
  d.engine.replay(program);
  const auto expected = d.read(total);
  d.run("fill", {}, {total}, {0});
  const auto times = d.engine.profile(program, 3);
  CHECK_EQUAL(times.size(), 2u);
  CHECK(times[0] > 0 && times[1] >= 0);
  CHECK(d.read(total) == expected);
  const ProgramMemory memory = d.engine.program_memory(program);
  CHECK(memory.held >= 300 * 50 * 4);
  CHECK(memory.requested >= memory.held);
  CHECK_ERROR(stale_handle, d.engine.profile(program + 1, 1));
  CHECK_ERROR(stale_handle, d.engine.program_memory(program + 1));
  d.engine.begin_recording();
  CHECK_ERROR(recording, d.engine.profile(program, 1));
  d.engine.abort_recording();
}

TEST("a trace has each replay with its beginning and end, in order") {
  Driver d(setup);
  const Operand x = d.random({4096}, 1);
  double programs[2];
  for (double& program : programs) {
    d.engine.begin_recording();
    d.run("neg", {x}, {x});
    program = d.engine.end_recording();
  }
  CHECK_ERROR(recording, d.engine.end_trace());
  for (int round = 0; round < 2; ++round) {
    d.engine.begin_trace();
    CHECK_ERROR(recording, d.engine.begin_trace());
    d.engine.replay(programs[0]);
    d.engine.start(programs[1]);
    d.engine.wait(programs[1]);
    d.engine.replay(programs[0]);
    const Trace trace = d.engine.end_trace();
    CHECK_EQUAL(trace.replays.size(), 3u);
    double last = 0;
    for (std::size_t i = 0; i < trace.replays.size(); ++i) {
      const TracedReplay& one = trace.replays[i];
      CHECK_EQUAL(one.program, programs[i % 2]);
      CHECK(last <= one.start && one.start <= one.end);
      last = one.end;
    }
    CHECK(last <= trace.length);
    d.engine.replay(programs[0]);  // between traces: told in none
  }
  d.engine.begin_recording();
  CHECK_ERROR(recording, d.engine.begin_trace());
  d.engine.abort_recording();
}

TEST("temporaries of a recording share memory") {
  Driver d(setup);
  const Operand x = d.random({4096}, 1);
  d.engine.begin_recording();
  for (int i = 0; i < 50; ++i) {
    const Operand t = d.empty({4096});
    d.run("neg", {x}, {t});
    d.run("copy", {t}, {x});
    d.engine.free(t.handle);
  }
  const double program = d.engine.end_recording();
  CHECK(d.engine.memory().peak_bytes < 4 * 4096 * 4);
  const ProgramMemory memory = d.engine.program_memory(program);
  CHECK_EQUAL(memory.requested, 50u * 4096 * 4);
  CHECK_EQUAL(memory.held, 4096u * 4);
  d.engine.free_program(program);
}

TEST("an output of a recording survives its program") {
  Driver d(setup);
  const Operand x = d.random({1000}, 1);
  d.engine.begin_recording();
  const Operand y = d.empty({1000});
  d.run("neg", {x}, {y});
  const double program = d.engine.end_recording();
  const auto expected = d.read(y);
  d.engine.free_program(program);
  d.engine.free(d.random({1000}, 2).handle);
  CHECK(d.read(y) == expected);
  d.engine.free(y.handle);
  d.engine.free(x.handle);
  CHECK_EQUAL(d.engine.memory().live_bytes, 0u);
}

TEST("an aborted recording leaves nothing behind") {
  Driver d(setup);
  const Operand x = d.random({1000}, 1);
  const auto before = d.engine.memory().live_bytes;
  d.engine.begin_recording();
  const Operand t = d.empty({1000});
  d.run("neg", {x}, {t});
  CHECK_ERROR(shape_mismatch, d.run("neg", {x}, {d.empty({3})}));
  d.engine.abort_recording();
  d.engine.free(t.handle);
  CHECK_ERROR(recording, d.engine.end_recording());
  CHECK_ERROR(recording, d.engine.abort_recording());
  CHECK(d.engine.memory().live_bytes - before < 1000);
}

TEST("a started program runs beside the caller") {
  Driver d(setup);
  const Operand x = d.random({500, 64}, 1), w = d.random({64, 64}, 2), y = d.empty({500, 64});
  const Operand a = d.random({300, 64}, 3), b = d.empty({300, 64});
  d.engine.begin_recording();
  for (int i = 0; i < 10; ++i) {
    d.run("linear", {x, w}, {y}, {2});
    d.run("copy", {y}, {x});
  }
  const double program = d.engine.end_recording();
  d.run("linear", {a, w}, {b}, {1});
  const auto expected = d.read(b);
  for (int round = 0; round < 5; ++round) {
    d.engine.start(program);
    CHECK_ERROR(invalid_argument, d.engine.start(program));
    CHECK_ERROR(invalid_argument, d.engine.replay(program));
    d.run("linear", {a, w}, {b}, {1});
    d.engine.wait(program);
    CHECK(d.read(b) == expected);
  }
  d.engine.wait(program);
  d.engine.start(program);
  d.engine.free_program(program);
}

TEST("faults of a replay and of a background run are thrown") {
  Driver d(setup);
  const Operand x = d.random({10, 4}, 1), index = d.ints({2}, {1, 2}), y = d.empty({2, 4});
  d.engine.begin_recording();
  d.run("indexSelect", {x, index}, {y});
  const double program = d.engine.end_recording();
  d.engine.replay(program);
  d.run("fill", {}, {index}, {10});
  CHECK_ERROR(invalid_argument, {
    d.engine.replay(program);
    d.read(y);
  });
  d.engine.start(program);
  CHECK_ERROR(invalid_argument, d.engine.wait(program));
  d.run("fill", {}, {index}, {3});
  d.engine.replay(program);
}

TEST("replays give the same bits with any number of threads") {
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2, 5}) {
    Driver d(threads, setup.isa);
    const Operand x = d.random({300, 118}, 1), w = d.random({64, 118}, 2), bias = d.random({64}, 3);
    const Operand dw = d.floats({64, 118}, std::vector<float>(64 * 118, 0));
    d.engine.begin_recording();
    const Operand y = d.empty({300, 64}), dz = d.empty({300, 64}), db = d.empty({64});
    d.run("linear", {x, w, bias}, {y}, {2});
    d.run("linearBackward", {y, y}, {dz, db}, {2});
    d.run("matmul", {dz.transposed(), x}, {dw}, {1});
    const double step = 0.001;
    const Operand rate = d.empty({1});
    d.run("fill", {}, {rate}, {step});
    d.run("mul", {dw, rate}, {dw});
    d.run("sub", {w, dw}, {w});
    d.run("sub", {bias, db}, {bias});
    const double program = d.engine.end_recording();
    for (int i = 0; i < 20; ++i) d.engine.replay(program);
    results.push_back(d.read(w));
  }
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}

TEST("two engines live side by side on two threads") {
  const auto work = [&](std::vector<float>& out) {
    Driver d(setup);
    const Operand x = d.random({200, 64}, 1), w = d.random({64, 64}, 2), y = d.empty({200, 64});
    for (int i = 0; i < 20; ++i) d.run("linear", {x, w}, {y}, {1});
    out = d.read(y);
  };
  std::vector<float> a, b;
  std::jthread other([&] { work(a); });
  work(b);
  other.join();
  CHECK(a == b);
}
