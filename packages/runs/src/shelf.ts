/**
 * The runs of one folder, to compare a run with its neighbours: listed by their run.json alone, and
 * opened when asked for. Names come from strangers, so a name must be a run's name, and what it
 * names a real folder directly inside (no link, nothing above). Not here: a single run
 * (run-reader.ts).
 */
import { join, resolve } from "node:path";
import type { ReadOptions, RunReader, RunShelf } from "./api.js";
import { nodeDisk } from "./disk-node.js";
import { isRunId, type RunFacts } from "./formats/facts.js";
import { nodeProcesses } from "./owner.js";
import { FolderReader, files } from "./run-reader.js";

/** Folders that are looked into at most. */
const maxListed = 500;
/** Runs that stay open. */
const maxOpen = 8;
/** Milliseconds for which a list holds. */
const listHolds = 2000;

/** The runs of a folder. No folder, no runs. */
export function openShelf(
  root: string,
  { disk = nodeDisk, pollMs = 1000 }: ReadOptions = {},
): RunShelf {
  const folder = resolve(root);
  const open = new Map<string, RunReader>();
  let listed: readonly RunFacts[] = [];
  let listedAt = Number.NEGATIVE_INFINITY;

  const isRun = (id: string): boolean => {
    if (!isRunId(id)) return false;
    const dir = join(folder, id);
    return disk.look(dir)?.kind === "folder" && disk.look(files.manifest(dir))?.kind === "file";
  };
  /** A reader of a name, if a run lies there. */
  const readerAt = (id: string): FolderReader | undefined => {
    if (!isRun(id)) return undefined;
    return new FolderReader({ dir: join(folder, id), disk, processes: nodeProcesses, pollMs });
  };
  const factsAt = (id: string): RunFacts[] => {
    try {
      const manifest = readerAt(id)?.readManifest();
      if (manifest === undefined) return [];
      // The folder's name is what leads to it; a copied folder keeps the run's own name inside.
      const { format: _, ...facts } = manifest;
      return [{ ...facts, id }];
    } catch {
      return []; // damaged: nothing to compare with
    }
  };

  return {
    list() {
      const now = performance.now();
      if (now - listedAt < listHolds) return listed;
      const names = disk.look(folder) === undefined ? [] : disk.list(folder);
      const runs = names.filter(isRunId).slice(-maxListed).flatMap(factsAt);
      listed = runs.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
      listedAt = now;
      return listed;
    },
    find(id) {
      const known = open.get(id);
      const reader = known && isRun(id) ? known : readerAt(id); // a link may lie there by now
      open.delete(id);
      if (reader !== known) known?.close();
      if (reader === undefined) return undefined;
      open.set(id, reader);
      for (const [oldest, old] of open) {
        if (open.size <= maxOpen) break;
        old.close();
        open.delete(oldest);
      }
      return reader;
    },
    close() {
      for (const reader of open.values()) reader.close();
      open.clear();
    },
  };
}
