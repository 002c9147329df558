/**
 * Decisions per second of GymVectorEnv beside Gymnasium's own SyncVectorEnv, in turns on one machine.
 *
 *   pnpm build && CAROM_PYTHON=... node packages/gym/bench/gym-env.mjs [id] [count]
 */
import { execFileSync } from "node:child_process";
import { key } from "@carom/envs";
import { GymVectorEnv } from "@carom/gym";

const [id = "CartPole-v1", count = "8"] = process.argv.slice(2);
const envs = Number(count);
const steps = id.startsWith("ALE/") ? Math.ceil(2000 / envs) : Math.ceil(80_000 / envs);
const ROUNDS = 5;

const sync = `
import time, numpy as np, gymnasium as gym
from gymnasium.vector import SyncVectorEnv, AutoresetMode
def make():
    if not "${id}".startswith("ALE/"):
        return gym.make("${id}", disable_env_checker=True)
    import ale_py
    gym.register_envs(ale_py)
    env = gym.make("${id}", frameskip=1, repeat_action_probability=0.0, disable_env_checker=True)
    return gym.wrappers.FrameStackObservation(gym.wrappers.AtariPreprocessing(env), 4)
envs = SyncVectorEnv([make] * ${envs}, autoreset_mode=AutoresetMode.SAME_STEP)
envs.reset(seed=1)
envs.action_space.seed(1)
actions = [envs.action_space.sample() for _ in range(256)]
for step in range(64): envs.step(actions[step])
begin = time.perf_counter()
for step in range(${steps}): envs.step(actions[step % 256])
print(${envs * steps} / (time.perf_counter() - begin))
`;

function theirs() {
  const options = {
    stdio: ["ignore", "pipe", "ignore"],
    env: { OPENBLAS_NUM_THREADS: "1", ...process.env },
  };
  return Number(execFileSync(process.env.CAROM_PYTHON ?? "python3", ["-c", sync], options));
}

function ours() {
  const env = new GymVectorEnv({ id: `gym:${id}`, count: envs, key: key(1) });
  env.reset();
  const { actions } = env.spec;
  const random = () =>
    actions.kind === "discrete" ? Math.floor(Math.random() * actions.names.length) : 0;
  const table = Array.from({ length: 256 }, () => env.actions.map(random));
  const play = (number) => {
    for (let step = 0; step < number; step++) {
      env.actions.set(table[step % 256]);
      env.step();
    }
  };
  play(64);
  const begin = performance.now();
  play(steps);
  const seconds = (performance.now() - begin) / 1000;
  env.dispose();
  return (envs * steps) / seconds;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const rows = Array.from({ length: ROUNDS }, () => [ours(), theirs()]);
const [mine, sync_] = [0, 1].map((column) => median(rows.map((row) => row[column])));
console.log(
  `${id}, ${envs} envs: GymVectorEnv ${mine.toFixed(0)}/s, SyncVectorEnv ${sync_.toFixed(0)}/s, ratio ${(mine / sync_).toFixed(2)}`,
);
