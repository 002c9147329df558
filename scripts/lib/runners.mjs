/**
 * npx and pnpm hand a signal to the shell between them and us at best, and then leave us running alone. So we look
 * whether the script runners that started us are still there, and end (by SIGTERM, in order) when they are not.
 * What started the runners, such as the user's shell, may go: nohup works.
 */
import { readFileSync } from "node:fs";

/** Watches the runners above this process; does nothing when it was not started by one. */
export function endWithRunners() {
  if (!process.env.npm_lifecycle_event) return;
  const links = runnerLinks();
  const timer = setInterval(() => {
    if (links.every(({ pid, parent }) => parentOf(pid) === parent)) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, 250);
  timer.unref();
}

/** Each process from this one up to the topmost runner, with the parent it must keep. */
function runnerLinks() {
  const links = [];
  for (let pid = process.pid; ; ) {
    const parent = parentOf(pid);
    if (parent === null || (links.length > 0 && !isRunner(parent))) return links;
    links.push({ pid, parent });
    pid = parent;
  }
}

/** A script runner or the shell that it runs a script with (Linux only: elsewhere no process is known to be one). */
function isRunner(pid) {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return /sh$/.test(words[0]) ? words[1] === "-c" : /\bp?np[mx]\b/.test(words.join(" "));
  } catch {
    return false;
  }
}

function parentOf(pid) {
  if (pid === process.pid) return process.ppid;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return null;
  }
}
