#!/usr/bin/env node
/** Entry of the `carom` command: runs it on the process's arguments and sets the exit code. */
import { run } from "./program.js";

// A reader that went away (`carom train | head`) is no reason to stop a run.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = await run(process.argv.slice(2));
