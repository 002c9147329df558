/**
 * What the page costs the reader's machine: frames per second, milliseconds of script per frame and bytes on
 * the wire for the stage alone, 16 and 64 live boards; whether its memory stays level while it watches for
 * minutes; and what a run holds after eight hours: four rows of metrics a second, a hundred thousand episodes. A headless Chromium shows the built page on a scripted run (apps/viewer/dev), which plays 240
 * decisions a second in each of 64 games.
 *
 *   pnpm bench viewer-frames
 *   pnpm bench viewer-frames --seconds 10 --soak 180 --renderer webgl
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { summary } from "./lib/measure.mjs";
import { report, table } from "./lib/report.mjs";
import { printedAddress } from "./viewer/training.mjs";

const { values } = parseArgs({
  options: {
    game: { type: "string", default: "breakout" },
    seconds: { type: "string", default: "10" },
    soak: { type: "string", default: "180" },
    renderer: { type: "string", default: "auto" },
  },
});
const seconds = Number(values.seconds);
const soakSeconds = Number(values.soak);
/** What the page is meant to stay below. */
const goals = { script: 3, wire: 20_000, memory: 300 };

/** Rows and kept episodes of a watch of eight hours. */
const long = { hours: 8, rows: 8 * 3600 * 4, episodes: 100_000 };

const [demo, child] = await serve("demo.mjs", values.game);
const address = `${demo}&renderer=${values.renderer}`;
const browser = await chromium.launch({
  executablePath: process.env.CAROM_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--js-flags=--expose-gc"],
});
const rows = [];
let soak;
let after;
try {
  for (const boards of [1, 16, 64]) rows.push(await watch(boards));
  soak = await soakFor(soakSeconds);
  after = await openLong();
} finally {
  await browser.close();
  child.kill("SIGKILL");
}

report("viewer-frames", {
  title: "What the page costs the reader",
  command: ["pnpm bench viewer-frames", ...process.argv.slice(2)].join(" "),
  intro: [
    `The page on a scripted run of ${values.game}, 1440 x 900, ${seconds} s each, drawn by ${rows[0].renderer}.`,
    "Script is the time of the page's own frame, as the page's clock has it, so that other work on the",
    "machine counts in; the percentiles tell. Goals: script up to",
    `${goals.script} ms per frame, wire up to ${goals.wire / 1000} kB/s for 64 boards, memory below ${goals.memory} MB.`,
  ].join("\n"),
  body: [
    table(
      ["boards", "frames/s", "script ms, median", "90 %", "wire kB/s", "messages/s"],
      rows.map((row) => [
        row.boards === 1 ? "1, the stage alone" : row.boards,
        row.frames.toFixed(1),
        row.script.median.toFixed(2),
        row.script.high.toFixed(2),
        (row.bytes / 1000).toFixed(1),
        row.messages.toFixed(1),
      ]),
    ),
    `Watching 64 boards and the stage at 16 times real time for ${soakSeconds} s:`,
    table(
      ["second", "heap MB, after collection", "process MB", "nodes", "listeners"],
      soak.map((one) => [
        one.second.toFixed(0),
        one.heap.toFixed(2),
        one.process.toFixed(0),
        one.nodes,
        one.listeners,
      ]),
    ),
    `The heap grows by ${slope(soak).toFixed(3)} MB per minute.`,
    `A run of ${long.hours} hours, ${long.rows.toLocaleString("en")} rows of metrics and ${long.episodes.toLocaleString("en")} kept episodes: its first episode stood on the stage ${after.shown.toFixed(2)} s after the page was asked for, all of it was there after ${after.whole.toFixed(2)} s. With a minute of playing at 16 times real time: heap ${after.heap.toFixed(1)} MB after collection, process ${after.process.toFixed(0)} MB.`,
  ].join("\n\n"),
});

/** Opens the page with so many live boards; its frames are timed from within. */
async function open(boards) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript((count) => {
    localStorage.setItem("carom.boards", String(count));
    const frames = [];
    let last = -1;
    Object.assign(window, { frameTimes: frames });
    const request = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (callback) =>
      request((now) => {
        const begin = performance.now();
        callback(now);
        const time = performance.now() - begin;
        if (now === last && frames.length > 0)
          frames[frames.length - 1] += time; // of the same frame
        else frames.push(time);
        last = now;
      });
  }, boards);
  const client = await context.newCDPSession(page);
  await client.send("Network.enable");
  const wire = { bytes: 0, messages: 0 };
  client.on("Network.webSocketFrameReceived", ({ response }) => {
    const { opcode, payloadData } = response;
    wire.bytes += opcode === 2 ? Math.floor((payloadData.length * 3) / 4) : payloadData.length;
    wire.messages++;
  });
  await page.goto(address);
  await page.waitForFunction(() => window.__carom?.length > 0, undefined, { timeout: 60_000 });
  return { context, page, client, wire };
}

async function watch(boards) {
  const { context, page, wire } = await open(boards === 1 ? 4 : boards);
  if (boards === 1)
    await page.keyboard.press("g"); // holds the live games
  else await page.waitForFunction((count) => window.__carom.boards.length === count, boards);
  await page.waitForTimeout(2000);
  const before = { ...wire };
  await page.evaluate(() => {
    window.frameTimes.length = 0;
  });
  const begin = performance.now();
  await page.waitForTimeout(seconds * 1000);
  const elapsed = (performance.now() - begin) / 1000;
  const times = await page.evaluate(() => [...window.frameTimes]);
  const renderer = await page.evaluate(() => window.__carom.renderer);
  await context.close();
  return {
    ...{ boards, renderer, script: summary(times), frames: times.length / elapsed },
    bytes: (wire.bytes - before.bytes) / elapsed,
    messages: (wire.messages - before.messages) / elapsed,
  };
}

/** Watches fast for a while, and looks at the memory now and then. */
async function soakFor(duration) {
  const { context, page, client } = await open(64);
  await page
    .getByRole("group", { name: "Speed" })
    .getByRole("button", { name: "16\u00d7" })
    .click();
  const pid = await rendererPid();
  const samples = [];
  const begin = performance.now();
  const every = Math.max(2, duration / 12);
  for (let second = 0; second <= duration; second = (performance.now() - begin) / 1000) {
    await page.evaluate(() => {
      window.frameTimes.length = 0;
    });
    await client.send("HeapProfiler.collectGarbage");
    const { usedSize } = await client.send("Runtime.getHeapUsage");
    const { nodes, jsEventListeners } = await client.send("Memory.getDOMCounters");
    const memory = residentMegabytes(pid);
    samples.push({
      second,
      heap: usedSize / 1e6,
      process: memory,
      nodes,
      listeners: jsEventListeners,
    });
    await page.waitForTimeout(every * 1000);
  }
  await context.close();
  return samples;
}

/** Opens what eight hours left, and plays episodes of it for a minute. */
async function openLong() {
  const [address, server] = await serve("large-demo.mjs", String(long.rows), String(long.episodes));
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  const begin = performance.now();
  const since = () => (performance.now() - begin) / 1000;
  await page.goto(address);
  await page.waitForFunction(() => window.__carom?.length > 0, undefined, { timeout: 60_000 });
  const shown = since();
  await page.waitForFunction(
    ({ rows, episodes }) =>
      window.__carom.rows === rows && window.__carom.episodes.length === episodes,
    long,
  );
  const whole = since();
  await page
    .getByRole("group", { name: "Speed" })
    .getByRole("button", { name: "16\u00d7" })
    .click();
  await page.waitForTimeout(60_000);
  await client.send("HeapProfiler.collectGarbage");
  const { usedSize } = await client.send("Runtime.getHeapUsage");
  const process = residentMegabytes(await rendererPid());
  await context.close();
  server.kill("SIGTERM");
  return { shown, whole, heap: usedSize / 1e6, process };
}

/** Starts a program of apps/viewer/dev that serves; its address and its process. */
async function serve(program, ...args) {
  const path = fileURLToPath(new URL(`../apps/viewer/dev/${program}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  return [await printedAddress(child.stdout), child];
}

async function rendererPid() {
  const client = await browser.newBrowserCDPSession();
  const { processInfo } = await client.send("SystemInfo.getProcessInfo");
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  return renderers.sort((a, b) => residentMegabytes(b.id) - residentMegabytes(a.id))[0].id;
}

/** Of Linux; elsewhere NaN. */
function residentMegabytes(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(text)?.[1]) / 1000;
  } catch {
    return Number.NaN;
  }
}

/** Megabytes per minute by least squares, the first sample left out: the page is still filling then. */
function slope(samples) {
  const list = samples.slice(1);
  const mean = (of) => list.reduce((sum, one) => sum + of(one), 0) / list.length;
  const [x, y] = [mean((one) => one.second), mean((one) => one.heap)];
  const across = list.reduce((sum, one) => sum + (one.second - x) * (one.heap - y), 0);
  const along = list.reduce((sum, one) => sum + (one.second - x) ** 2, 0);
  return (60 * across) / along;
}
