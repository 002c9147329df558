/*
 * JavaScript's numbers in C++, bit for bit, for the host and for the GPU alike. Compile with
 * -ffp-contract=off (--fmad=false): a fused multiplication and addition rounds once where JavaScript
 * rounds twice.
 *
 * Before this text stand: CAROM_FN (how functions are declared), CAROM_CHECKED (0 or 1).
 */

#define CAROM_INF __builtin_huge_val()
#define CAROM_NAN __builtin_nan("")

/* ---- conversions ------------------------------------------------------------------------------ */

/* ToInt32: whole part modulo 2^32. */
CAROM_FN int carom_to_i32(double x) {
  if (fabs(x) < 9.2e18) return (int)(unsigned)(unsigned long long)(long long)x;
  if (!(fabs(x) < CAROM_INF)) return 0;
  const double rest = fmod(trunc(x), 4294967296.0);
  return (int)(unsigned)(unsigned long long)(long long)rest;
}

/* What a Uint8ClampedArray keeps: rounded to the nearest, ties to even. */
CAROM_FN unsigned char carom_clamp8(double x) {
  if (!(x > 0.0)) return 0;
  if (x >= 255.0) return 255;
  const double below = floor(x);
  const double rest = x - below;
  const int down = (int)below;
  return (unsigned char)(rest > 0.5 || (rest == 0.5 && (down & 1) != 0) ? down + 1 : down);
}

/* An index as an int; -1 for what is none. */
CAROM_FN int carom_index(double x) {
  if (!(x >= 0.0 && x < 2147483648.0)) return -1;
  const int i = (int)x;
  return (double)i == x ? i : -1;
}

/* A relative index of fill(): below 0 it counts from the end. */
CAROM_FN int carom_relative(double x, int length) {
  const double whole = x == x ? trunc(x) : 0.0;
  if (whole < 0.0) return whole + length > 0.0 ? (int)(whole + length) : 0;
  return whole < length ? (int)whole : length;
}

/* ---- Math ------------------------------------------------------------------------------------- */

CAROM_FN double carom_min(double a, double b) {
  if (a != a || b != b) return CAROM_NAN;
  if (a == 0.0 && b == 0.0) return signbit(a) ? a : b;
  return b < a ? b : a;
}

CAROM_FN double carom_max(double a, double b) {
  if (a != a || b != b) return CAROM_NAN;
  if (a == 0.0 && b == 0.0) return signbit(a) ? b : a;
  return b > a ? b : a;
}

/* The same where neither is NaN nor -0. */
CAROM_FN double carom_lesser(double a, double b) { return b < a ? b : a; }
CAROM_FN double carom_greater(double a, double b) { return b > a ? b : a; }
CAROM_FN int carom_lesser_int(int a, int b) { return b < a ? b : a; }
CAROM_FN int carom_greater_int(int a, int b) { return b > a ? b : a; }
CAROM_FN int carom_abs_int(int a) { return a < 0 ? -a : a; }

/* Ties go up, and the sign of 0 is kept. */
CAROM_FN double carom_round(double x) {
  const double below = floor(x);
  const double rounded = x - below >= 0.5 ? below + 1.0 : below;
  return rounded == 0.0 ? copysign(0.0, x) : rounded;
}

CAROM_FN double carom_sign(double x) { return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x; }

CAROM_FN int carom_clz32(unsigned x) {
  int zeros = 32;
  while (x != 0) {
    x >>= 1;
    zeros -= 1;
  }
  return zeros;
}

/* ---- arrays ----------------------------------------------------------------------------------- */

/* A row of numbers that lie `stride` apart. */
template <class T>
struct CaromRow {
  T* p;
  long long stride;
  CAROM_METHOD T& at(int i) const { return p[i * stride]; }
};

/* An element; 0 for an index outside of the array. */
template <class T>
CAROM_FN T carom_load(const T* p, long long stride, int length, int i) {
  return (unsigned)i < (unsigned)length ? p[i * stride] : T(0);
}

/* Writes an element; an index outside of the array writes nothing. */
template <class T>
CAROM_FN void carom_store(T* p, long long stride, int length, int i, T value) {
  if ((unsigned)i < (unsigned)length) p[i * stride] = value;
}

template <class T>
CAROM_FN void carom_fill(T* p, long long stride, int from, int to, T value) {
  for (int i = from; i < to; i++) p[i * stride] = value;
}

#if CAROM_CHECKED
/* The first fault counts: the number of its site + 1. */
template <class G>
CAROM_FN void carom_fault(G& g, int site) {
  if (g.fault == 0) g.fault = site + 1;
}

template <class G, class T>
CAROM_FN T carom_load_checked(G& g, int site, const T* p, long long stride, int length, int i) {
  if ((unsigned)i >= (unsigned)length) carom_fault(g, site);
  return carom_load(p, stride, length, i);
}

template <class G, class T>
CAROM_FN void carom_store_checked(
    G& g, int site, T* p, long long stride, int length, int i, T value) {
  if ((unsigned)i >= (unsigned)length) carom_fault(g, site);
  carom_store(p, stride, length, i, value);
}
#endif
