/** Those who watch: honest ones that ask for what the page asks for, and attackers in processes of their own. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import WebSocket from "ws";
import { addressOf } from "./training.mjs";

const attacker = fileURLToPath(new URL("../../packages/server/test/attacker.mjs", import.meta.url));

/** What has reached the honest ones so far. */
export const traffic = { frames: 0, bytes: 0 };

/** Watches as the page does, without drawing; gives the function that ends it. */
export async function watch(page, boards = 16) {
  const socket = new WebSocket(addressOf(page, "/live", "ws:"), { origin: new URL(page).origin });
  await new Promise((resolve, reject) => {
    socket.on("open", resolve);
    socket.on("error", reject);
  });
  let taken = 0;
  const since = { episodes: 0, metrics: 0 };
  socket.on("message", async (data, isBinary) => {
    traffic.bytes += data.length;
    if (isBinary) {
      traffic.frames++;
      socket.send(JSON.stringify({ type: "ack", frames: ++taken }));
      return;
    }
    const { type, page: news } = JSON.parse(data.toString());
    if (since[type] === undefined) return;
    if (news && news.from <= since[type]) {
      since[type] = Math.max(since[type], news.next);
      return;
    }
    const path = type === "episodes" ? "/api/episodes?as=columns&" : "/api/metrics?";
    const answer = await fetch(addressOf(page, `${path}since=${since[type]}`));
    const body = Buffer.from(await answer.arrayBuffer());
    traffic.bytes += body.length;
    since[type] = type === "episodes" ? body.readDoubleLE(16) : JSON.parse(body.toString()).next;
  });
  socket.send(JSON.stringify({ type: "want", boards }));
  return () => socket.close();
}

/** Attacks until it is ended. */
export function attack(kind, page) {
  const { port, searchParams } = new URL(page);
  const args = [attacker, kind, port, searchParams.get("token"), "3600"];
  const child = spawn(process.execPath, args, { stdio: "ignore" });
  return () => child.kill("SIGKILL");
}
