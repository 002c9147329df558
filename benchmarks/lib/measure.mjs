/** Interleaved repeats: every contestant runs once per round, so that what else the machine does hits all alike. */

/**
 * Measures contestants that each run `count` steps and give the seconds they took.
 * @param {{ name: string, run: (count: number) => number | Promise<number> }[]} contestants
 * @param {{ rounds: number, seconds: number, warmUp?: number }} options  rounds kept, the time one turn should take,
 *   and the steps before, by which the length of a turn is chosen
 * @returns seconds per step by name, as `summary` gives them
 */
export async function interleave(contestants, { rounds, seconds, warmUp = 5 }) {
  const counts = new Map();
  for (const { name, run } of contestants) {
    await run(Math.ceil(warmUp / 2));
    const once = (await run(warmUp)) / warmUp;
    counts.set(name, Math.max(1, Math.round(seconds / once)));
  }
  const times = new Map(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of contestants) {
      const count = counts.get(name);
      times.get(name).push((await run(count)) / count);
      await new Promise((resolve) => setTimeout(resolve, 20)); // lets the other's threads go to sleep
    }
  }
  return new Map([...times].map(([name, list]) => [name, summary(list)]));
}

/** Median, quartiles, and the 10th and 90th percentile of a list. */
export function summary(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const at = (share) => {
    const place = share * (sorted.length - 1);
    const below = sorted[Math.floor(place)];
    return below + (sorted[Math.ceil(place)] - below) * (place % 1);
  };
  return { median: at(0.5), low: at(0.1), high: at(0.9), q1: at(0.25), q3: at(0.75) };
}

/** Contestants must do the same work: a benchmark of two different losses says nothing. */
export function checkEqualLoss(name, own, peers, tolerance = 1e-4) {
  if (Math.abs(own - peers) <= tolerance * Math.max(1, Math.abs(peers))) return;
  throw new Error(`${name}: the losses after three steps differ (Carom ${own}, PyTorch ${peers})`);
}

/** A summary in milliseconds: median and the 10th to 90th percentile; "-" for what was not measured. */
export function milliseconds(times) {
  if (times === undefined) return "-";
  const fixed = (seconds) => (seconds * 1000).toFixed(3);
  return `${fixed(times.median)} (${fixed(times.low)}-${fixed(times.high)})`;
}

/** How many times longer a peer takes, by medians or another percentile; "-" where one is missing. */
export function ratioOf(peer, own, of = "median") {
  if (peer === undefined || own === undefined) return "-";
  const ratio = peer[of] / own[of];
  return ratio.toFixed(ratio < 10 ? 2 : 1);
}
