/**
 * What watching costs: one training run, watched and unwatched in turns, and the steps per second of both.
 * The watcher asks for what the page asks for (16 live boards, new metrics and episodes), but draws nothing: a
 * browser on the same two cores would take them for its own drawing, and that is not the trainer's doing.
 *
 *   pnpm bench viewer
 *   pnpm bench viewer --turns 12 --seconds 5
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import WebSocket from "ws";
import { summary } from "./lib/measure.mjs";
import { report, table } from "./lib/report.mjs";

const main = fileURLToPath(new URL("../packages/cli/dist/main.js", import.meta.url));
const { values } = parseArgs({
  options: {
    game: { type: "string", default: "breakout" },
    turns: { type: "string", default: "10" },
    seconds: { type: "string", default: "5" },
  },
});
const turns = Number(values.turns);
const seconds = Number(values.seconds);

const folder = mkdtempSync(join(tmpdir(), "carom-bench-"));
const args = ["train", values.game, "--steps", "1000M", "--out", join(folder, "run")];
const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "inherit"] });
const page = await printedAddress(child.stdout);
const rates = { alone: [], watched: [] };
let frames = 0;
let bytes = 0;
try {
  await sleep(5); // the first seconds compile
  for (let turn = 0; turn < turns; turn++) {
    rates.alone.push(await rate(() => sleep(seconds)));
    rates.watched.push(await rate(() => watch(seconds)));
  }
} finally {
  child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

const ratios = rates.watched.map((watched, i) => watched / rates.alone[i]);
const medians = { alone: summary(rates.alone).median, watched: summary(rates.watched).median };
const cost = (1 - summary(ratios).median) * 100;
report("viewer", {
  title: "What watching costs the training",
  command: ["pnpm bench viewer", ...process.argv.slice(2)].join(" "),
  intro: `One \`carom train ${values.game}\`, ${turns} pairs of turns of ${seconds} s, unwatched and watched by a client that asks for 16 live boards, metrics and episodes. ${Math.round(frames / turns / seconds)} frames and ${Math.round(bytes / turns / seconds / 1024)} KiB a second reached it. The cost is 1 minus the median of the ratios pair by pair.`,
  body: table(
    ["", "steps/s, median", "lowest to highest"],
    [
      ["alone", ...cells(rates.alone, medians.alone)],
      ["watched", ...cells(rates.watched, medians.watched)],
      ["cost", `${cost.toFixed(1)} %`, `${percent(ratios)}`],
    ],
  ),
});

function cells(list, median) {
  const text = (value) => Math.round(value).toLocaleString("en");
  return [text(median), `${text(Math.min(...list))} to ${text(Math.max(...list))}`];
}

function percent(list) {
  const text = (ratio) => `${((1 - ratio) * 100).toFixed(1)} %`;
  return `${text(Math.max(...list))} to ${text(Math.min(...list))}`;
}

/** Env steps per second of training while `action` lasts, from the run's own rows of metrics. */
async function rate(action) {
  const from = await lastRow();
  await action();
  const to = await lastRow();
  return (to.steps - from.steps) / (to.seconds - from.seconds);
}

async function lastRow() {
  const rows = await fetchRows(lastRow.next ?? 0);
  if (rows.length > 0) lastRow.row = rows.at(-1);
  return lastRow.row;
}

async function fetchRows(since) {
  const answer = await (await fetch(address(`/api/metrics?since=${since}`))).json();
  lastRow.next = answer.next;
  return answer.rows;
}

/** Watches as the page does. */
async function watch(duration) {
  const socket = new WebSocket(address("/live", "ws:"), { origin: new URL(page).origin });
  await new Promise((resolve, reject) => {
    socket.on("open", resolve);
    socket.on("error", reject);
  });
  let episodes = 0;
  socket.on("message", async (data, isBinary) => {
    bytes += data.length;
    if (isBinary) frames++;
    else if (JSON.parse(data.toString()).type === "episodes") {
      const answer = await (await fetch(address(`/api/episodes?since=${episodes}`))).json();
      episodes = answer.next;
    }
  });
  socket.send(JSON.stringify({ type: "want", boards: 16 }));
  await sleep(duration);
  socket.close();
}

/** The address of something that the run serves, with its token. */
function address(path, protocol = "http:") {
  const url = new URL(path, page);
  url.protocol = protocol;
  url.searchParams.set("token", new URL(page).searchParams.get("token"));
  return url;
}

/** The address that the run prints first. */
async function printedAddress(stream) {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    text += chunk;
    const found = /http:\/\/127\.0\.0\.1:\d+\/\?token=\w+/.exec(text);
    if (found) {
      stream.resume();
      return found[0];
    }
  }
  throw new Error("the run ended before it printed its address");
}

function sleep(duration) {
  return new Promise((resolve) => setTimeout(resolve, duration * 1000));
}
