/** Numbers, durations and colours for people's eyes. Pure functions; nothing is printed here. */

/** 1234567 -> "1,234,567". */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Short form for option defaults: 40000000 -> "40M", 500000 -> "500k". */
export function formatShortCount(value: number): string {
  for (const [size, unit] of [
    [1e9, "B"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    if (value >= size) return `${Number((value / size).toPrecision(4))}${unit}`;
  }
  return String(value);
}

/** Seconds -> "42s", "2m 05s", "1h 02m", "3d 04h". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
}

/** A score: at most one decimal when large, two when small. */
export function formatScore(value: number): string {
  return value.toFixed(Math.abs(value) >= 100 ? 1 : 2);
}

/** A loss or similar: three significant digits, without exponent where that stays readable. */
export function formatSmall(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(1);
  return value.toPrecision(3);
}

/** 0.314 -> "31%". */
export function formatShare(value: number): string {
  return `${Math.round(value * 100)}%`;
}

/** Size of a file: 312 kB, rounded up. */
export function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1000)} kB`;
}

/** Wraps text in terminal styles, or leaves it as it is. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly accent: (text: string) => string;
}

const style =
  (on: string, off: string): ((text: string) => string) =>
  (text) =>
    `\u001b[${on}m${text}\u001b[${off}m`;

/** Styles for a terminal. */
export const colours: Paint = {
  bold: style("1", "22"),
  dim: style("2", "22"),
  accent: style("36", "39"),
};

const same = (text: string): string => text;

/** No styles: pipes, files, NO_COLOR. */
export const plain: Paint = { bold: same, dim: same, accent: same };

/** Length of a text as it appears, escape sequences not counted. */
export function visibleLength(text: string): number {
  return text.replace(escapes, "").length;
}

/** Cuts a text to `columns` visible characters; styles stay closed. */
export function cutTo(text: string, columns: number): string {
  if (visibleLength(text) <= columns) return text;
  return `${text.replace(escapes, "").slice(0, Math.max(0, columns - 1))}…`;
}

const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
