/**
 * Entry of a trial's process: `carom train` on the process's arguments, which saves and ends when the
 * sweep that started it is gone, however that ended. The sweep holds the other end of the channel.
 */
import { run } from "../program.js";

process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();
process.exitCode = await run(process.argv.slice(2));
