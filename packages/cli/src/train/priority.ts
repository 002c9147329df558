/**
 * Who goes first where cores are scarce: the training thread, not the thread that serves viewers and writes the run
 * folder. Whatever is asked of the server then costs the training little, asked in good faith or not.
 */
import { setPriority } from "node:os";

/**
 * Ten steps of niceness are a tenth of the weight of a thread at 0: enough for viewers, since with nothing else to do the
 * thread gets a core for itself, and at most 5 % of two busy cores for whoever means harm.
 */
const NICENESS = 10;

/**
 * Puts the calling thread behind the other threads of this process, for good: the system lets nobody but root take it
 * back. Only on Linux: elsewhere a priority belongs to a process, and the training would go down with it.
 *
 * Threads begin with the priority of the one that starts them, so this is for after the training thread has begun.
 */
export function letOthersFirst(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(0, NICENESS); // 0 is who calls
  } catch {
    // Where a sandbox forbids it, the threads share the cores as equals.
  }
}
