/*
 * The canvas of @carom/envs (pixels/) in C++, bit for bit: the same numbers in the same order for every
 * pixel. Shapes are painted by `CAROM_LANES` threads together, which share out the pixels of a
 * rectangle, and the rows of a shape with slanted edges: a row adds up the pieces of all edges in their
 * order, so no sum is taken in another order than in TypeScript. One lane is the plain program.
 *
 * Before this text stand: CAROM_WIDTH, CAROM_HEIGHT, CAROM_CHANNELS, CAROM_LEFT, CAROM_TOP, CAROM_RIGHT,
 * CAROM_BOTTOM (the window of the board, in pixels), CAROM_SCALE_X, CAROM_SCALE_Y, CAROM_LANES and
 * CAROM_SYNC (lanes wait for each other).
 */

#define CAROM_ONE 32768
#define CAROM_HALF 16384
#define CAROM_SHIFT 15
#define CAROM_MOST_CORNERS 2048

/* The picture, and which of the lanes this is. */
struct CaromCanvas {
  unsigned char* bytes;
  int lane;
  int grey, red, green, blue;
};

/* ---- ink and pixels --------------------------------------------------------------------------- */

CAROM_FN void carom_ink(CaromCanvas& c, int color) {
  c.red = (color >> 16) & 255;
  c.green = (color >> 8) & 255;
  c.blue = color & 255;
  c.grey = (19595 * c.red + 38470 * c.green + 7471 * c.blue + 32768) >> 16;
}

CAROM_FN void carom_mix_byte(unsigned char& byte, int ink, int cover) {
  byte = (unsigned char)((byte * (CAROM_ONE - cover) + ink * cover + CAROM_HALF) >> CAROM_SHIFT);
}

CAROM_FN void carom_mix(CaromCanvas& c, int pixel, int cover) {
  if (CAROM_CHANNELS == 1) {
    carom_mix_byte(c.bytes[pixel], c.grey, cover);
    return;
  }
  carom_mix_byte(c.bytes[3 * pixel], c.red, cover);
  carom_mix_byte(c.bytes[3 * pixel + 1], c.green, cover);
  carom_mix_byte(c.bytes[3 * pixel + 2], c.blue, cover);
}

/* How much of the span from `from` to `to` (1/ONE of a pixel) lies in pixel `i`. */
CAROM_FN int carom_overlap(int from, int to, int i) {
  const int start = i << CAROM_SHIFT;
  const int end = start + CAROM_ONE;
  return (to < end ? to : end) - (from > start ? from : start);
}

/* A rectangle by its edges, in 1/ONE of a pixel and inside the picture. */
CAROM_FN void carom_box(CaromCanvas& c, double l, double t, double r, double b, int opacity) {
  if (!(r > l && b > t)) return;
  const int left = (int)l, top = (int)t, right = (int)r, bottom = (int)b;
  const int first = left >> CAROM_SHIFT;
  const int columns = ((right - 1) >> CAROM_SHIFT) + 1 - first;
  const int row0 = top >> CAROM_SHIFT;
  const int cells = (((bottom - 1) >> CAROM_SHIFT) + 1 - row0) * columns;
  for (int i = c.lane; i < cells; i += CAROM_LANES) {
    const int row = row0 + i / columns;
    const int column = first + i % columns;
    const int down = (carom_overlap(top, bottom, row) * opacity + CAROM_HALF) >> CAROM_SHIFT;
    const int across = carom_overlap(left, right, column);
    const int cover = across == CAROM_ONE ? down : (down * across + CAROM_HALF) >> CAROM_SHIFT;
    carom_mix(c, row * CAROM_WIDTH + column, cover);
  }
  CAROM_SYNC;
}

/* ---- shapes with slanted edges ---------------------------------------------------------------- */

/* Part of an edge within one row: adds to the changes of coverage from cell to cell. */
CAROM_FN void carom_piece(double* cells, int width, double from, double to, double height) {
  if (from >= width) return;
  if (to <= 0.0) {
    cells[0] += height;
    return;
  }
  int column = from > 0.0 ? (int)floor(from) : 0;
  if (to <= column + 1 && from >= 0.0) {
    const double beyond = height * ((from + to) / 2.0 - column);
    cells[column] += height - beyond;
    cells[column + 1] += beyond;
    return;
  }
  const double share = height / (to - from);
  if (from < 0.0) cells[0] -= from * share;
  for (; column < width && column < to; column++) {
    const double enter = carom_max(from, column);
    const double leave = carom_min(to, column + 1);
    const double part = (leave - enter) * share;
    const double beyond = part * ((enter + leave) / 2.0 - column);
    cells[column] += part - beyond;
    cells[column + 1] += beyond;
  }
}

/* An edge of a shape, in pixels. */
struct CaromEdge {
  double x1, y1, x2, y2;
};

/* Adds the part of an edge that lies in `row`, of a shape whose rows go from `top` to `bottom`. */
CAROM_FN void carom_edge_in_row(
    double* cells, int width, const CaromEdge& e, int left, int top, int bottom, int row) {
  const bool down = e.y1 < e.y2;
  const double y1 = down ? e.y1 : e.y2;
  const double y2 = down ? e.y2 : e.y1;
  const double x1 = (down ? e.x1 : e.x2) - left;
  const double lower = down ? e.x2 : e.x1;
  const double slope = y1 < y2 ? (lower - left - x1) / (y2 - y1) : 0.0;
  const double end = carom_min(y2, bottom);
  const double start = carom_max(y1, top);
  if (!(start < end) || row < floor(start) || row >= end) return;
  const double y = row == floor(start) ? start : row;
  const double x = x1 + (y - y1) * slope;
  const double next_y = carom_min(row + 1, end);
  const double next_x = x1 + (next_y - y1) * slope;
  const double height = down ? next_y - y : y - next_y;
  carom_piece(cells, width, carom_min(x, next_x), carom_max(x, next_x), height);
}

/* Paints one row of coverage and clears it. */
CAROM_FN void carom_paint_row(CaromCanvas& c, double* cells, int width, int pixel, double full) {
  double covered = 0.0;
  for (int i = 0; i < width; i++) {
    covered += cells[i];
    cells[i] = 0.0;
    const int cover = carom_to_i32(covered * full + 0.5);
    if (cover > 0) carom_mix(c, pixel + i, cover);
  }
  cells[width] = 0.0;
  cells[width + 1] = 0.0;
}

/* The bounds of a shape, in pixels. */
struct CaromBounds {
  double min_x, min_y, max_x, max_y;
};

/*
 * Paints a shape whose edges `edge(0)` to `edge(count - 1)` gives; (ox, oy): the whole pixel that they
 * are counted from.
 */
template <class Edges>
CAROM_FN void carom_outline(CaromCanvas& c, const Edges& edges, double opacity, int ox, int oy) {
  CaromBounds s = {};
  for (int i = 0; i < edges.count; i++) {
    const CaromEdge e = edges.edge(i);
    if (i == 0) s = CaromBounds{e.x1, e.y1, e.x1, e.y1};
    s.min_x = carom_min(carom_min(s.min_x, e.x1), e.x2);
    s.max_x = carom_max(carom_max(s.max_x, e.x1), e.x2);
    s.min_y = carom_min(carom_min(s.min_y, e.y1), e.y2);
    s.max_y = carom_max(carom_max(s.max_y, e.y1), e.y2);
  }
  if (edges.count == 0) return;
  const double l = carom_max(CAROM_LEFT - ox, floor(s.min_x));
  const double r = carom_min(CAROM_RIGHT - ox, ceil(s.max_x));
  const double t = carom_max(CAROM_TOP - oy, floor(s.min_y));
  const double b = carom_min(CAROM_BOTTOM - oy, ceil(s.max_y));
  if (!(r > l && b > t)) return;
  const int left = (int)l, top = (int)t, bottom = (int)b;
  const int width = (int)r - left;
  double cells[CAROM_WIDTH + 2];
  for (int i = 0; i < width + 2; i++) cells[i] = 0.0;
  for (int row = top + c.lane; row < bottom; row += CAROM_LANES) {
    for (int i = 0; i < edges.count; i++) {
      carom_edge_in_row(cells, width, edges.edge(i), left, top, bottom, row);
    }
    carom_paint_row(c, cells, width, (row + oy) * CAROM_WIDTH + left + ox, opacity * CAROM_ONE);
  }
  CAROM_SYNC;
}

/* ---- sine and cosine, as packages/envs/src/math.ts has them, for |x| <= 2 pi ------------------- */

CAROM_FN double carom_sin_series(double x) {
  const double s = x * x;
  double sum = -1.0 / 1307674368000.0;
  sum = sum * s + 1.0 / 6227020800.0;
  sum = sum * s - 1.0 / 39916800.0;
  sum = sum * s + 1.0 / 362880.0;
  sum = sum * s - 1.0 / 5040.0;
  sum = sum * s + 1.0 / 120.0;
  sum = sum * s - 1.0 / 6.0;
  return x + x * s * sum;
}

CAROM_FN double carom_cos_series(double x) {
  const double s = x * x;
  double sum = 1.0 / 20922789888000.0;
  sum = sum * s - 1.0 / 87178291200.0;
  sum = sum * s + 1.0 / 479001600.0;
  sum = sum * s - 1.0 / 3628800.0;
  sum = sum * s + 1.0 / 40320.0;
  sum = sum * s - 1.0 / 720.0;
  sum = sum * s + 1.0 / 24.0;
  return 1.0 - 0.5 * s + s * s * sum;
}

CAROM_FN double carom_rest(double x, int& turn) {
  const double quarter = floor(x * 0.6366197723675814 + 0.5);
  turn = (int)quarter & 3;
  return x - quarter * 1.5707963267341256 - quarter * 6.077100506506192e-11;
}

CAROM_FN double carom_sin(double x) {
  int turn;
  const double rest = carom_rest(x, turn);
  const double value = (turn & 1) == 0 ? carom_sin_series(rest) : carom_cos_series(rest);
  return turn < 2 ? value : -value;
}

CAROM_FN double carom_cos(double x) {
  int turn;
  const double rest = carom_rest(x, turn);
  const double value = (turn & 1) == 0 ? carom_cos_series(rest) : carom_sin_series(rest);
  return turn == 0 || turn == 3 ? value : -value;
}

/* ---- discs, lines, digits --------------------------------------------------------------------- */

/* An ellipse as a polygon of the same area. */
struct CaromDisc {
  double x, y, across, down;
  int count, stride;

  CAROM_METHOD CaromDisc(double cx, double cy, double a, double b) : x(cx), y(cy) {
    const double radius = carom_max(a, b);
    count = 16;
    while (count < CAROM_MOST_CORNERS && count < 8.0 * radius) count *= 2;
    const double angle = 6.283185307179586 / count;
    const double swell = sqrt(angle / carom_sin(angle));
    across = a * swell;
    down = b * swell;
    stride = CAROM_MOST_CORNERS / count;
  }

  /* Corner `i`; the first one is where the outline starts. */
  CAROM_METHOD void corner(int i, double& px, double& py) const {
    if (i == 0) {
      px = x + across;
      py = y;
      return;
    }
    const double turn = 6.283185307179586 * ((i * stride) % CAROM_MOST_CORNERS) / CAROM_MOST_CORNERS;
    px = x + across * carom_cos(turn);
    py = y + down * -carom_sin(turn);
  }

  CAROM_METHOD CaromEdge edge(int i) const {
    CaromEdge e;
    corner(i, e.x1, e.y1);
    corner(i + 1, e.x2, e.y2);
    return e;
  }
};

/* Edges that are listed. */
struct CaromQuad {
  int count;
  CaromEdge list[4];
  CAROM_METHOD CaromEdge edge(int i) const { return list[i]; }
};

/* Upright edges of the ten digits: column, row where it starts, row where it ends; and where they begin. */
CAROM_TABLE(unsigned char, carom_digit_edges) CAROM_DIGIT_EDGES;
CAROM_TABLE(unsigned char, carom_digit_starts) CAROM_DIGIT_STARTS;

CAROM_FN double carom_pixel_x(double x) { return CAROM_LEFT + x * CAROM_SCALE_X; }
CAROM_FN double carom_pixel_y(double y) { return CAROM_TOP + y * CAROM_SCALE_Y; }

/* A number's digits; the last one's edges come first. */
struct CaromDigits {
  double x, y, cell, value;
  int places, count;

  CAROM_METHOD CaromDigits(double left, double top, double height, double number) {
    x = left;
    y = top;
    cell = height / 5.0;
    value = number > 0.0 && number <= 9007199254740991.0 && floor(number) == number ? number : 0.0;
    places = 1;
    for (double rest = floor(value / 10.0); rest > 0.0; rest = floor(rest / 10.0)) places += 1;
    count = 0;
    for (int i = 0; i < places; i++) {
      const int digit = digit_at(i);
      count += carom_digit_starts[digit + 1] - carom_digit_starts[digit];
    }
  }

  /* The digit `i` places before the last. */
  CAROM_METHOD int digit_at(int i) const {
    double rest = value;
    for (int k = 0; k < i; k++) rest = floor(rest / 10.0);
    return (int)(rest - 10.0 * floor(rest / 10.0));
  }

  CAROM_METHOD CaromEdge edge(int i) const {
    int place = 0;
    int digit = digit_at(0);
    int left = i;
    while (left >= carom_digit_starts[digit + 1] - carom_digit_starts[digit]) {
      left -= carom_digit_starts[digit + 1] - carom_digit_starts[digit];
      place += 1;
      digit = digit_at(place);
    }
    const int entry = 3 * (carom_digit_starts[digit] + left);
    const double at_x = x + (places - 1 - place) * 4 * cell;
    const double px = carom_pixel_x(at_x + carom_digit_edges[entry] * cell);
    const double from = carom_pixel_y(y + carom_digit_edges[entry + 1] * cell);
    const double to = carom_pixel_y(y + carom_digit_edges[entry + 2] * cell);
    return CaromEdge{px, from, px, to};
  }
};

/* ---- what a game calls ------------------------------------------------------------------------ */

CAROM_FN void carom_begin(CaromCanvas& c) {
  const int bytes = CAROM_WIDTH * CAROM_HEIGHT * CAROM_CHANNELS;
  for (int i = c.lane; i < bytes; i += CAROM_LANES) c.bytes[i] = 0;
  CAROM_SYNC;
}

CAROM_FN void carom_background(CaromCanvas& c, int color) {
  carom_ink(c, color);
  carom_box(c, CAROM_LEFT * 32768.0, CAROM_TOP * 32768.0, CAROM_RIGHT * 32768.0, CAROM_BOTTOM * 32768.0,
            CAROM_ONE);
}

CAROM_FN double carom_edge_x(double x) {
  const double pixel = carom_min(CAROM_RIGHT, carom_max(CAROM_LEFT, carom_pixel_x(x)));
  return floor(pixel * 32768.0 + 0.5);
}

CAROM_FN double carom_edge_y(double y) {
  const double pixel = carom_min(CAROM_BOTTOM, carom_max(CAROM_TOP, carom_pixel_y(y)));
  return floor(pixel * 32768.0 + 0.5);
}

CAROM_BIG void carom_rect(
    CaromCanvas& c, double x, double y, double width, double height, int color, double alpha) {
  if (!(alpha > 0.0)) return;
  carom_ink(c, color);
  carom_box(c, carom_edge_x(x), carom_edge_y(y), carom_edge_x(x + width), carom_edge_y(y + height),
            (int)floor(carom_min(alpha, 1.0) * 32768.0 + 0.5));
}

CAROM_FN double carom_snap(double pixel) { return floor(pixel * 1024.0 + 0.5) / 1024.0; }

CAROM_BIG void carom_circle(CaromCanvas& c, double x, double y, double radius, int color, double alpha) {
  if (!(alpha > 0.0 && radius > 0.0)) return;
  const double a = radius * CAROM_SCALE_X, b = radius * CAROM_SCALE_Y;
  const double cx = carom_snap(carom_pixel_x(x)), cy = carom_snap(carom_pixel_y(y));
  const double left = floor(cx - a) - 1.0, top = floor(cy - b) - 1.0;
  if (!(fabs(left) < 1e9 && fabs(top) < 1e9 && a < 1e9 && b < 1e9)) return;
  carom_ink(c, color);
  carom_outline(c, CaromDisc(cx - left, cy - top, a, b), carom_min(alpha, 1.0), (int)left, (int)top);
}

CAROM_BIG void carom_line(
    CaromCanvas& c, double x1, double y1, double x2, double y2, double width, int color) {
  const double dx = x2 - x1, dy = y2 - y1;
  const double length = sqrt(dx * dx + dy * dy);
  if (!(length > 0.0 && width > 0.0)) return;
  if (dx == 0.0 || dy == 0.0) {
    const double x = carom_min(x1, x2), y = carom_min(y1, y2);
    if (dx == 0.0) carom_rect(c, x - width / 2.0, y, width, length, color, 1.0);
    else carom_rect(c, x, y - width / 2.0, length, width, color, 1.0);
    return;
  }
  const double side_x = (-dy * width) / (2.0 * length);
  const double side_y = (dx * width) / (2.0 * length);
  const double ax = carom_pixel_x(x1 + side_x), ay = carom_pixel_y(y1 + side_y);
  const double bx = carom_pixel_x(x2 + side_x), by = carom_pixel_y(y2 + side_y);
  const double ex = carom_pixel_x(x2 - side_x), ey = carom_pixel_y(y2 - side_y);
  const double fx = carom_pixel_x(x1 - side_x), fy = carom_pixel_y(y1 - side_y);
  const CaromQuad quad = {
      4, {{ax, ay, bx, by}, {bx, by, ex, ey}, {ex, ey, fx, fy}, {fx, fy, ax, ay}}};
  carom_ink(c, color);
  carom_outline(c, quad, 1.0, 0, 0);
}

CAROM_BIG void carom_digits(CaromCanvas& c, double x, double y, double height, double value, int color) {
  carom_ink(c, color);
  carom_outline(c, CaromDigits(x, y, height, value), 1.0, 0, 0);
}
