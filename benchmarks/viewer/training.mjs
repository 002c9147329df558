/** A training to be watched: starts `carom train`, and reads its steps per second from its own rows of metrics. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
const decoy = fileURLToPath(new URL("./decoy.mjs", import.meta.url));

/** Starts a training of a game that ends when `end` is called. */
export async function startTraining(game) {
  const folder = mkdtempSync(join(tmpdir(), "carom-bench-"));
  const args = ["train", game, "--steps", "1000M", "--out", join(folder, "run")];
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const page = await printedAddress(child.stdout);
  let next = 0;
  let last;

  const lastRow = async () => {
    const answer = await patient(() => fetch(addressOf(page, `/api/metrics?since=${next}`)));
    next = answer.next;
    last = answer.rows.at(-1) ?? last;
    return last;
  };
  return {
    page,
    /** Env steps per second while `action` lasts. */
    async rate(action) {
      const from = await lastRow();
      await action();
      const to = await lastRow();
      return (to.steps - from.steps) / (to.seconds - from.seconds);
    },
    /** Seconds of processor time that the thread which serves the viewers has used; NaN where the system does not tell. */
    served() {
      const path = `/proc/${child.pid}/task/${child.pid}/stat`;
      if (!existsSync(path)) return Number.NaN;
      const stat = readFileSync(path, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // proc(5): those after the name
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    end() {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Asks until there is an answer: an attack may have taken all connections for a moment. */
async function patient(ask) {
  for (let left = 200; ; left--) {
    try {
      return await (await ask()).json();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Starts a server without a training. */
export async function startDecoy() {
  const child = spawn(process.execPath, [decoy], { stdio: ["ignore", "pipe", "inherit"] });
  return { page: await printedAddress(child.stdout), end: () => child.kill("SIGKILL") };
}

/** The address of something that a run serves, with its token. */
export function addressOf(page, path, protocol = "http:") {
  const url = new URL(path, page);
  url.protocol = protocol;
  url.searchParams.set("token", new URL(page).searchParams.get("token"));
  return url;
}

/** The address that a program prints first. */
export async function printedAddress(stream) {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    text += chunk;
    const found = /http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+/.exec(text);
    if (found) {
      stream.resume();
      return found[0];
    }
  }
  throw new Error("the program ended before it printed its address");
}
