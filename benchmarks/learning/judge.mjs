/** Holds the results of a row's seeds against one of its claims. */
import {
  improvementInterval,
  interquartileMean,
  interquartileMeanInterval,
  median,
  probabilityOfImprovement,
} from "@carom/agents";

/**
 * @typedef {object} Judgement
 * @property {string} protocol  what is measured and how seeds are put together
 * @property {string} result    what came out
 * @property {string} bar       what was to come out
 * @property {"met" | "not met" | "open"} verdict  open: seeds are missing, so nothing is decided
 */

/**
 * @param claim of a row @param row of bars.mjs @param {object[]} results  of its seeds
 * @param {object[]} others  the results of the row `claim.over`, where there is one
 * @returns {Judgement}
 */
export function judge(claim, row, results, others = []) {
  const found = statistics[claim.statistic](claim, row, results, others);
  const isWhole = results.length >= row.seeds && found.isWhole !== false;
  const verdict = !isWhole ? "open" : found.holds ? "met" : "not met";
  const bar = `${found.bar}${claim.provisional ? " (provisional)" : ""}`;
  const protocol = `${subjectOf(claim, row)}, ${found.protocol}`;
  return { protocol, result: found.result, bar, verdict };
}

const statistics = {
  iqm(claim, _row, results) {
    const scores = scoresOf(claim, results);
    const protocol = "IQM, 95 % bootstrap interval";
    if (scores === null) return { ...nothing(claim), protocol };
    const interval = interquartileMeanInterval([scores]);
    const holds = interval.low >= claim.bar;
    return {
      protocol,
      result: withInterval(interquartileMean(scores), interval),
      ...atLeast(claim, holds),
    };
  },

  below(claim, _row, results) {
    const scores = scoresOf(claim, results);
    const protocol = "IQM, 95 % bootstrap interval";
    if (scores === null) return { ...nothing(claim), protocol };
    const interval = interquartileMeanInterval([scores]);
    const result = withInterval(interquartileMean(scores), interval);
    return { protocol, result, bar: `< ${claim.bar}`, holds: interval.high < claim.bar };
  },

  median(claim, _row, results) {
    const scores = scoresOf(claim, results);
    const protocol = "median of the seeds";
    if (scores === null) return { ...nothing(claim), protocol };
    const middle = median(scores);
    const range = `${number(Math.min(...scores))} to ${number(Math.max(...scores))}`;
    return {
      protocol,
      result: `${number(middle)} [${range}]`,
      ...atLeast(claim, middle >= claim.bar),
    };
  },

  seeds(claim, { seeds }, results) {
    const needs = claim.needs ?? seeds;
    const scores = results.map((one) => one[claim.on]);
    const passed = scores.filter((score) => score !== null && score >= claim.bar).length;
    const lowest = scores.includes(null) ? "-" : number(Math.min(...scores));
    return {
      protocol: "seeds at the bar",
      result: results.length === 0 ? "-" : `${passed} of ${results.length}, lowest ${lowest}`,
      bar: `≥ ${claim.bar} in ${needs} of ${seeds}`,
      holds: passed >= needs,
    };
  },

  reached({ bar, within, held }, { seeds }, results) {
    const inTime = ({ reached, train }) => {
      const at = reached[bar];
      return at !== null && at[1] <= within && (!held || train >= bar);
    };
    const passed = results.filter(inTime).length;
    const times = results.map(({ reached }) => reached[bar]?.[1] ?? Number.POSITIVE_INFINITY);
    const ends = results.map(({ train }) => (train === null ? "-" : number(train))).join(", ");
    const first = times.map((time) => (Number.isFinite(time) ? `${time.toFixed(0)} s` : "never"));
    return {
      protocol: `seconds to the bar${held ? ", and the score at the end" : ""}`,
      result:
        results.length === 0
          ? "-"
          : `${passed} of ${results.length}: after ${first.join(", ")}; at the end ${ends}`,
      bar: `≥ ${bar} within ${within} s${held ? " and at the end" : ""}, ${seeds} of ${seeds}`,
      holds: passed >= seeds,
    };
  },

  improves(claim, { seeds }, results, others) {
    const [own, theirs] = [scoresOf(claim, results), scoresOf(claim, others)];
    const facts = {
      protocol: `probability of improvement over ${claim.over}`,
      bar: `> ${claim.bar}`,
    };
    if (own === null || theirs === null)
      return { ...facts, result: "-", holds: false, isWhole: false };
    const interval = improvementInterval([own], [theirs]);
    const result = withInterval(probabilityOfImprovement([own], [theirs]), interval);
    const isWhole = others.length >= seeds;
    return { ...facts, result, holds: interval.low > claim.bar, isWhole };
  },
};

function subjectOf({ on }, { actions }) {
  if (on === "train") return "last 100 training episodes";
  return `${on === "final" ? "last state" : "best checkpoint"}, 100 ${actions} episodes`;
}

/** One score per seed; null where there is none to speak of. */
function scoresOf({ on }, results) {
  const scores = results.map((one) => one[on]);
  return scores.length === 0 || scores.includes(null) ? null : scores;
}

function nothing(claim) {
  return { result: "-", ...atLeast(claim, false) };
}

function atLeast({ bar }, holds) {
  return { bar: `≥ ${bar}`, holds };
}

function withInterval(value, { low, high }) {
  return `${number(value)} [${number(low)}, ${number(high)}]`;
}

function number(value) {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 1 : size >= 2 ? 2 : 3);
}
