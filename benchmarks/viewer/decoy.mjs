/**
 * A server without a training, in a process of its own: what attackers attack in the turns that tell how much of
 * the cores they take themselves. Prints its address.
 */
import { createRun, memoryDisk } from "@carom/runs";
import { startServer } from "@carom/server";

const setup = { game: "breakout", variant: "classic", gameVersion: 1, algo: "ppo", seed: 1 };
const rest = { config: {}, device: "cpu", threads: 1, totalSteps: 1e9, versions: {} };
const source = createRun("/runs/decoy-1", { ...setup, ...rest }, { disk: memoryDisk() });
const server = await startServer({ source, port: 0 });
console.log(server.url);
