// How many processors a process may use, by what its control group says.
#include "core/cores.h"

#include "test/check.h"

using namespace carom;
using namespace carom::test;

TEST("a control group's time is counted in processors, rounded up") {
  CHECK(cores_of_quota("200000 100000") == 2);
  CHECK(cores_of_quota("150000 100000") == 2);
  CHECK(cores_of_quota("1000 100000") == 1);
  CHECK(cores_of_quota("100000 100000\n") == 1);
  CHECK(cores_of_quota("9223372036854775807 1") == 1'000'000);
}

TEST("no limit, and what is none, limits nothing") {
  for (const char* text : {"max 100000", "", " ", "-1 100000", "0 100000", "100000", "100000 0",
                           "100000 -5", "100000 x", "12x 100000"}) {
    CHECK(!cores_of_quota(text).has_value());
  }
}

TEST("there is at least one processor to use") { CHECK(usable_cores() >= 1); }
