/**
 * Numbers and times as people read them. All functions are pure; figures align when set in tabular
 * numerals.
 */

const THOUSANDS = "\u2009"; // thin space
const MINUS = "\u2212";

/** 1 234 567 */
export function grouped(value: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const digits = String(Math.round(Math.abs(value)));
  const text = digits.replace(/\B(?=(\d{3})+$)/g, THOUSANDS);
  return value < 0 && digits !== "0" ? MINUS + text : text;
}

/** 950, 12.4k, 3.06M, 1.20G: three significant figures. */
export function compact(value: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const size = Math.abs(value);
  const sign = value < 0 ? MINUS : "";
  for (const [unit, suffix] of UNITS) {
    if (size >= unit * 0.9995) return `${sign}${significant(size / unit)}${suffix}`;
  }
  if (Number.isInteger(size)) return sign + size;
  return sign + significant(size);
}

const UNITS: readonly (readonly [number, string])[] = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

/**
 * Labels of an axis: one unit and as many decimals for all of them as their distance `step` needs.
 */
export function axisLabels(values: readonly number[], step: number): string[] {
  const size = Math.max(...values.map(Math.abs));
  const [unit, suffix] = UNITS.find(([one]) => size >= one) ?? [1, ""];
  const fine = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9));
  const decimals = Math.min(8, hasHalf(step, unit, fine) ? fine + 1 : fine);
  return values.map((value) => {
    const text = (Math.abs(value) / unit).toFixed(decimals);
    if (Number(text) === 0) return "0";
    return `${value < 0 ? MINUS : ""}${text}${suffix}`;
  });
}

/** Whether a step such as 2.5 needs a decimal more than its magnitude says. */
function hasHalf(step: number, unit: number, decimals: number): boolean {
  const scaled = (step / unit) * 10 ** decimals;
  return Math.abs(scaled - Math.round(scaled)) > 1e-6;
}

/** Three significant figures without exponent where that is short. */
export function significant(size: number): string {
  if (size === 0) return "0";
  const magnitude = Math.abs(size);
  if (magnitude < 1e-3) return size.toExponential(1).replace("-", MINUS);
  const digits = Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(magnitude * 1.0005))));
  return size.toFixed(digits).replace("-", MINUS);
}

/** A return or reward: whole if it is whole, else one or two decimals. */
export function points(value: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  if (Number.isInteger(value)) return grouped(value);
  return value.toFixed(Math.abs(value) < 10 ? 2 : 1).replace("-", MINUS);
}

/** +7, −0.5: a change, always with its sign. */
export function signed(value: number): string {
  return value > 0 ? `+${points(value)}` : points(value);
}

/** 0:07.4, 12:31.0, 1:02:03.4: a place in an episode. */
export function stopwatch(seconds: number): string {
  const tenths = Math.max(0, Math.floor(seconds * 10 + 1e-6));
  const s = `${Math.floor((tenths / 10) % 60)}`.padStart(2, "0");
  const minutes = Math.floor(tenths / 600);
  const m = minutes % 60;
  const h = Math.floor(minutes / 60);
  const head = h > 0 ? `${h}:${`${m}`.padStart(2, "0")}` : `${m}`;
  return `${head}:${s}.${tenths % 10}`;
}

/** 0:08, 13:45, 1:02:03: time that has passed. */
export function elapsed(seconds: number): string {
  return stopwatch(seconds).slice(0, -2);
}

/** 8 s, 3 min 20 s, 1 h 04 min, 2 d 3 h: how long something takes. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "\u2014";
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${`${s % 60}`.padStart(2, "0")} s`;
  const minutes = Math.round(s / 60);
  if (minutes < 1440)
    return `${Math.floor(minutes / 60)} h ${`${minutes % 60}`.padStart(2, "0")} min`;
  const hours = Math.round(s / 3600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** 0.25×, 1×, 16×: a playback speed or ratio. */
export function times(factor: number): string {
  return `${factor >= 100 ? grouped(factor) : Number(factor.toPrecision(2))}\u00d7`;
}

/** 812 B, 12 kB, 1.4 MB: the size of a file. */
export function fileSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** 12 % */
export function percent(share: number): string {
  return `${Math.round(share * 100)}\u2009%`;
}

/** 850 kB, 27.1 MB, 70.2 GB: memory and files, in thousands. */
export function bytes(value: number): string {
  const text = compact(value);
  const unit = /[kMGT]$/.exec(text)?.[0] ?? "";
  return `${unit === "" ? text : text.slice(0, -1)}\u2009${unit}B`;
}

function notFinite(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "\u221e" : `${MINUS}\u221e`;
}
