// How many threads replay a program, by what its replays took.
#include "program/team_choice.h"

#include "test/check.h"

using namespace carom;
using namespace carom::test;

namespace {

/// Runs for so many seconds on a machine where a run with `size` threads takes `seconds_of(size)`; the share of
/// the time spent in runs with `wanted` threads.
template <class Machine>
double share_of(TeamChoice& choice, double seconds, int wanted, Machine seconds_of) {
  double all = 0;
  double there = 0;
  while (all < seconds) {
    const int size = choice.size();
    const double took = seconds_of(size);
    choice.took(took);
    all += took;
    if (size == wanted) there += took;
  }
  return there / all;
}

/// Nobody else is there.
double quiet(int size) { return 1e-3 / size; }

/// A time slice is lost now and then, the more often the more threads there are.
class Busy {
 public:
  double operator()(int size) {
    ++runs_;
    return quiet(size) + (size > 1 && runs_ % 3 != 0 ? 4e-3 : 0);
  }

 private:
  int runs_ = 0;
};

}  // namespace

TEST("an undisturbed team stays, and hardly anything else is tried") {
  for (const int threads : {2, 3, 16}) {
    TeamChoice choice(threads, 0.9);
    CHECK(choice.size() == threads);
    CHECK(share_of(choice, 100, threads, quiet) > 0.995);
  }
}

TEST("a disturbed team gets small within seconds, and asks seldom whether it is quiet again") {
  for (const int threads : {2, 3, 16}) {
    TeamChoice choice(threads, 0.9);
    CHECK(share_of(choice, 1, threads, quiet) == 1);
    Busy busy;
    share_of(choice, threads, 1, busy);
    CHECK(share_of(choice, 30, 1, busy) > 0.9);
  }
}

TEST("it is whole again soon after it was disturbed") {
  for (const int threads : {2, 3, 16}) {
    TeamChoice choice(threads, 0.9);
    Busy busy;
    share_of(choice, 60, 1, busy);
    CHECK(share_of(choice, 25, threads, quiet) > 0.3);
    CHECK(share_of(choice, 10, threads, quiet) > 0.99);
  }
}

TEST("the best team may lie between") {
  // Half of the processors are taken.
  const auto half_taken = [](int size) { return size > 8 ? 4e-3 : 1e-3 / size; };
  TeamChoice choice(16, 0.9);
  share_of(choice, 1, 16, quiet);
  share_of(choice, 2, 8, half_taken);
  CHECK(share_of(choice, 30, 8, half_taken) > 0.9);
}

TEST("a team is left even where its neighbours are no quicker") {
  // Two threads hardly gain anything, sixteen do.
  const auto slow_start = [](int size) { return size == 16 ? 0.5e-3 : size == 1 ? 1e-3 : 0.97e-3; };
  TeamChoice choice(16, 0.9);
  Busy busy;
  share_of(choice, 30, 1, busy);
  share_of(choice, 60, 16, slow_start);
  CHECK(share_of(choice, 60, 16, slow_start) > 0.9);
}

TEST("long programs find their team in seconds, too, and keep it where nothing disturbs") {
  const auto scaled = [](double factor) {
    return [factor](int size) { return factor * quiet(size); };
  };
  TeamChoice undisturbed(2, 0.9);
  CHECK(share_of(undisturbed, 600, 2, scaled(10'000)) > 0.9);  // 5 s each
  const auto disturbed = [](int size) { return size == 1 ? 1.0 : 2.0; };
  TeamChoice choice(2, 0.9);
  share_of(choice, 60, 2, scaled(1000));  // 0.5 s each
  share_of(choice, 30, 1, disturbed);
  CHECK(share_of(choice, 100, 1, disturbed) > 0.8);
  share_of(choice, 100, 2, scaled(1000));
  CHECK(share_of(choice, 100, 2, scaled(1000)) > 0.9);
}

TEST("one thread is one thread") {
  TeamChoice choice(1, 0.9);
  CHECK(share_of(choice, 10, 1, quiet) == 1);
}
