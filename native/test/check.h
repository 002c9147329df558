// A very small test harness: TEST(name) { CHECK(...); } ; main.cpp runs all of them on every
// instruction set.
#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/text.h"
#include "test/driver.h"

namespace carom::test {

struct Test {
  const char* name;
  void (*body)(const Setup&);
};

std::vector<Test>& tests();

struct Register {
  Register(const char* name, void (*body)(const Setup&)) { tests().push_back({name, body}); }
};

/// Thrown by a failed check; ends the test.
struct Failure {
  std::string message;
};

/// Thrown by skip(); the test counts as skipped.
struct Skipped {
  std::string reason;
};

/// Ends a test that this machine cannot run.
[[noreturn]] inline void skip(const std::string& reason) { throw Skipped{reason}; }

[[noreturn]] void fail(const char* file, int line, const std::string& message);

template <class T>
std::vector<float> to_floats(const std::vector<T>& values) {
  return std::vector<float>(values.begin(), values.end());
}

/// Fails unless both have one length and each pair differs by at most absolute + relative *
/// |expected|. NaN equals NaN.
void check_close(const char* file, int line, const std::vector<float>& got,
                 const std::vector<double>& expected, double relative, double absolute);

/// Fails unless body throws a carom::Error of this code.
void check_error(const char* file, int line, ErrorCode code, const std::function<void()>& body);

#define CAROM_TEST_NAME(line) test_body_##line
#define CAROM_TEST(name, line)                                                     \
  static void CAROM_TEST_NAME(line)(const carom::test::Setup&);                    \
  static const carom::test::Register register_##line(name, CAROM_TEST_NAME(line)); \
  static void CAROM_TEST_NAME(line)([[maybe_unused]] const carom::test::Setup& setup)
#define CAROM_TEST_EXPAND(name, line) CAROM_TEST(name, line)
#define TEST(name) CAROM_TEST_EXPAND(name, __LINE__)

#define CHECK(condition) \
  if (!(condition)) carom::test::fail(__FILE__, __LINE__, #condition)
#define CHECK_EQUAL(got, expected) \
  if (!((got) == (expected)))      \
  carom::test::fail(__FILE__, __LINE__, carom::text(#got, " is ", (got), ", expected ", (expected)))
#define CHECK_CLOSE(got, expected, relative, absolute) \
  carom::test::check_close(__FILE__, __LINE__, got, expected, relative, absolute)
#define CHECK_ERROR(code, ...) \
  carom::test::check_error(__FILE__, __LINE__, carom::ErrorCode::code, [&] { __VA_ARGS__; })

}  // namespace carom::test
