/** What 64 live boards at 30 frames a second are on the wire: a server in this process, and one viewer of it. */
import { createRun, memoryDisk } from "@carom/runs";
import { startServer } from "@carom/server";
import { traffic, watch } from "./watchers.mjs";

const boards = 64;
const framesPerSecond = 30;
/** Decisions of a game that is watched at its own speed, breakout's 60 a second. */
const decisionsPerFrame = 2;
/** Decisions of an episode, then the next begins. */
const episodeLength = 3000;

/** Bytes per second that reach the viewer, by the seconds it watched. */
export async function bytesOnTheWire(seconds) {
  const setup = {
    game: "breakout",
    variant: "classic",
    gameVersion: 1,
    algo: "ppo",
    seed: 1,
    config: {},
  };
  const rest = { device: "cpu", threads: 1, totalSteps: 1e9, versions: {} };
  const source = createRun("/runs/wire-1", { ...setup, ...rest }, { disk: memoryDisk() });
  const server = await startServer({ source, port: 0 });
  const end = await watch(server.url, boards);
  while (server.wish().boards < boards) await sleep(0.01);
  const before = traffic.bytes;
  const frames = Math.round(seconds * framesPerSecond);
  for (let frame = 0; frame < frames; frame++) {
    const done = frame * decisionsPerFrame;
    const from = done % episodeLength;
    const episode = Math.floor(done / episodeLength);
    const what = {
      episode,
      seed: episode,
      from,
      actions: new Uint8Array(decisionsPerFrame),
      reset: from === 0,
    };
    server.publishLive(
      Array.from({ length: boards }, (_, env) => ({ env, ...what })),
      done * boards,
    );
    await sleep(1 / framesPerSecond);
  }
  await sleep(0.2);
  const bytes = traffic.bytes - before;
  end();
  await server.close();
  source.close();
  return { perFrame: bytes / frames, perSecond: (bytes / frames) * framesPerSecond };
}

function sleep(duration) {
  return new Promise((resolve) => setTimeout(resolve, duration * 1000));
}
