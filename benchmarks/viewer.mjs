/**
 * What watching costs, and what those who mean harm can do: one training run, in turns alone, watched by one and by
 * five viewers, and attacked in each of the ways of packages/server/test/hostile.test.ts. Each turn has a turn alone
 * before it; ratios are of such pairs. Viewers ask for what the page asks for but draw nothing: a browser on the same
 * two cores would take them for its own drawing. An attacker takes some of them too; so each attack has a turn against
 * a server that trains nothing, and what it costs beyond that is what the server lets it do to the training.
 *
 *   pnpm bench viewer
 *   pnpm bench viewer --turns 12 --seconds 5
 */
import { parseArgs } from "node:util";
import { summary } from "./lib/measure.mjs";
import { report, table } from "./lib/report.mjs";
import { startDecoy, startTraining } from "./viewer/training.mjs";
import { attack, traffic, watch } from "./viewer/watchers.mjs";
import { bytesOnTheWire } from "./viewer/wire.mjs";

const { values } = parseArgs({
  options: {
    game: { type: "string", default: "breakout" },
    turns: { type: "string", default: "10" },
    seconds: { type: "string", default: "5" },
  },
});
const turns = Number(values.turns);
const seconds = Number(values.seconds);

/** What there is besides the training: begins against a page, and gives what ends it. */
const company = [
  { name: "1 viewer", begin: (page) => watchAll(page, 1), isAttack: false },
  { name: "5 viewers", begin: (page) => watchAll(page, 5), isAttack: false },
  ...[
    ["giant", "messages of 1 GiB"],
    ["fragments", "a million fragments"],
    ["deaf", "40 viewers that never read"],
    ["slowloris", "200 slow heads"],
    ["crowd", "10,000 connections"],
  ].map(([kind, name]) => ({ name, begin: (page) => attack(kind, page), isAttack: true })),
];

const wire = await bytesOnTheWire(Math.min(seconds, 5));
const training = await startTraining(values.game);
const decoy = await startDecoy();
const rates = company.map(() => ({ alone: [], elsewhere: [], beside: [], served: [] }));
const seen = { frames: 0, bytes: 0 };
try {
  await sleep(5); // the first seconds compile
  for (let turn = 0; turn < turns; turn++) {
    for (const [i, { begin, isAttack }] of company.entries()) {
      rates[i].alone.push(await training.rate(() => sleep(seconds)));
      if (isAttack) rates[i].elsewhere.push(await besides(begin, decoy.page));
      const before = { ...traffic };
      const [served, from] = [training.served(), performance.now()];
      rates[i].beside.push(await besides(begin, training.page));
      rates[i].served.push((training.served() - served) / ((performance.now() - from) / 1000));
      if (i === 0)
        for (const what of ["frames", "bytes"]) seen[what] += traffic[what] - before[what];
    }
  }
} finally {
  training.end();
  decoy.end();
}

const perSecond = (count) => Math.round(count / turns / seconds);
report("viewer", {
  title: "What watching costs the training",
  command: ["pnpm bench viewer", ...process.argv.slice(2)].join(" "),
  intro:
    `One \`carom train ${values.game}\`, ${turns} turns of ${seconds} s of each kind, each after a turn alone. A viewer asks for 16 live boards, metrics and episodes: ${perSecond(seen.frames)} frames and ${Math.round(perSecond(seen.bytes) / 1024)} KiB a second reached one. ` +
    `The cost is 1 minus the median of the ratios pair by pair. The thread that serves is behind the others: what it uses, it takes from the training only where nothing is idle. Attackers are processes on the same cores; the last column leaves out what the same attack costs the training when another server is attacked. 64 boards at 30 frames a second are ${Math.round(wire.perFrame)} bytes a frame, ${(wire.perSecond / 1000).toFixed(1)} kB a second.`,
  body: table(
    [
      ...["beside the training", "steps/s alone", "then", "cost", "from ... to"],
      ...["beyond its own share", "serving, of a core"],
    ],
    company.map(({ name }, i) => row(name, rates[i])),
  ),
});

/** Steps per second of the training while something else happens. */
async function besides(begin, page) {
  const end = await begin(page);
  try {
    return await training.rate(() => sleep(seconds));
  } finally {
    end(); // an attacker that was left would go on against whoever has the port next
    await sleep(0.3);
  }
}

function row(name, { alone, elsewhere, beside, served }) {
  const text = (list) => Math.round(summary(list).median).toLocaleString("en");
  const cost = (ratio) => `${((1 - ratio) * 100).toFixed(1)} %`;
  const against = (list) => beside.map((rate, i) => rate / list[i]);
  const ratios = against(alone);
  const range = `${cost(Math.max(...ratios))} to ${cost(Math.min(...ratios))}`;
  const beyond = elsewhere.length === 0 ? "-" : cost(summary(against(elsewhere)).median);
  const used = `${(summary(served).median * 100).toFixed(1)} %`;
  return [name, text(alone), text(beside), cost(summary(ratios).median), range, beyond, used];
}

async function watchAll(page, count) {
  const ends = [];
  for (let i = 0; i < count; i++) ends.push(await watch(page));
  return () => {
    for (const end of ends) end();
  };
}

function sleep(duration) {
  return new Promise((resolve) => setTimeout(resolve, duration * 1000));
}
