/** Runs tasks a few at a time: first those that may share the machine, then the others one by one. */

/**
 * @param {T[]} tasks @template T
 * @param {{ jobs: number, isAlone: (task: T) => boolean, isStopped: () => boolean, run: (task: T) => Promise<void> }} options
 */
export async function runAll(tasks, { jobs, isAlone, isStopped, run }) {
  const shared = tasks.filter((task) => !isAlone(task));
  const work = async (queue) => {
    while (queue.length > 0 && !isStopped()) await run(queue.shift());
  };
  await Promise.all(Array.from({ length: jobs }, () => work(shared)));
  await work(tasks.filter(isAlone));
}
