/**
 * The folder episodes/: replays one after the other in pack-<n>.bin, and index.jsonl with a line
 * for each: what it is and where it lies. Bytes go first, the line after; bytes without a line are
 * never read. When the packs exceed the limit the oldest go as whole files; their lines stay and
 * count, but their episodes are no longer shown.
 */
import { join } from "node:path";
import { crc32 } from "./crc32.js";
import { type Disk, type DiskFile, diskError } from "./disk.js";
import { asRunError, RunError } from "./errors.js";
import {
  decodeStoredEpisode,
  type EpisodeEntry,
  type EpisodeFacts,
  type EpisodeReason,
  isEpisodeId,
  type StoredEpisode,
} from "./formats/episodes.js";
import { decodeJson, encodeJson } from "./formats/json.js";
import type { EpisodesPage } from "./formats/messages.js";
import { LineReader, LineWriter } from "./line-log.js";

/** A pack is closed when it has so many bytes. */
const packBytes = 4 << 20;
/** Longest replay that is stored or read, in bytes. */
const maxReplayBytes = 64 << 20;
const packPattern = /^pack-(0|[1-9][0-9]{0,8})\.bin$/;

/** Reads kept episodes; sees what a writer in any process adds. */
export class EpisodeReader {
  protected readonly disk: Disk;
  protected readonly folder: string;
  protected readonly index: LineReader<StoredEpisode>;
  protected entries: StoredEpisode[] = [];
  private seenRestarts = 0;

  constructor(disk: Disk, folder: string) {
    this.disk = disk;
    this.folder = folder;
    this.index = new LineReader(disk, join(folder, "index.jsonl"), (line) =>
      decodeStoredEpisode(decodeJson(line)),
    );
  }

  /** Takes in new lines. */
  refresh(): void {
    const added = this.index.refresh();
    if (this.index.restarts !== this.seenRestarts) this.entries = [];
    this.seenRestarts = this.index.restarts;
    this.entries.push(...added);
  }

  get count(): number {
    return this.entries.length;
  }

  get restarts(): number {
    return this.index.restarts;
  }

  /** All lines, gone packs included. */
  all(): readonly StoredEpisode[] {
    return this.entries;
  }

  page(since: number, limit: number): EpisodesPage {
    const from = since > this.count ? 0 : since;
    const next = Math.min(this.count, from + limit);
    const packs = new Set(this.packs().map((pack) => pack.number));
    const episodes = this.entries.slice(from, next).filter((entry) => packs.has(entry.pack));
    return { from, next, episodes: episodes.map(publicEntry) };
  }

  /** Bytes of a replay; RunError EPISODE_NOT_FOUND, EPISODE_CORRUPT. */
  replay(id: string): Uint8Array {
    const entry = isEpisodeId(id) ? this.entries.findLast((e) => e.id === id) : undefined;
    if (entry === undefined || !this.hasPack(entry.pack)) throw notFound(id);
    const path = this.packPath(entry.pack);
    let bytes: Uint8Array;
    try {
      const length = Math.min(entry.bytes, maxReplayBytes);
      bytes = this.disk.readRange(path, entry.offset, length);
    } catch (error) {
      throw asRunError("episode: cannot read", path, error);
    }
    if (bytes.length !== entry.bytes || crc32(bytes) !== entry.crc) {
      throw new RunError("EPISODE_CORRUPT", `episode: the replay of episode ${id} is damaged`, {
        path,
      });
    }
    return bytes;
  }

  protected packPath(number: number): string {
    return join(this.folder, `pack-${number}.bin`);
  }

  /** Pack files, oldest first. */
  protected packs(): { number: number; bytes: number }[] {
    const packs: { number: number; bytes: number }[] = [];
    for (const name of this.listFolder()) {
      const match = packPattern.exec(name);
      const entry = match === null ? undefined : this.disk.look(join(this.folder, name));
      if (match !== null && entry?.kind === "file")
        packs.push({ number: Number(match[1]), bytes: entry.bytes });
    }
    return packs.sort((a, b) => a.number - b.number);
  }

  private hasPack(number: number): boolean {
    return this.packs().some((pack) => pack.number === number);
  }

  /** Nothing if the folder is missing, or a link that could lead out of the run. */
  private listFolder(): string[] {
    return this.disk.look(this.folder)?.kind === "folder" ? this.disk.list(this.folder) : [];
  }
}

/** Adds episodes; one per run folder. Methods that write throw what the disk throws. */
export class EpisodeStore extends EpisodeReader {
  private readonly writer: LineWriter;
  private readonly maxBytes: number;
  private pack: DiskFile;
  private packNumber: number;
  private nextId: number;

  constructor(disk: Disk, folder: string, maxBytes: number) {
    super(disk, folder);
    this.maxBytes = maxBytes;
    this.writer = new LineWriter(disk, join(folder, "index.jsonl"));
    this.refresh();
    this.packNumber = this.packs().at(-1)?.number ?? 0;
    this.pack = disk.append(this.packPath(this.packNumber));
    this.nextId = this.entries.reduce((max, entry) => Math.max(max, Number(entry.id)), -1) + 1;
  }

  add(replay: Uint8Array, facts: EpisodeFacts, reason: EpisodeReason): EpisodeEntry {
    if (replay.length > maxReplayBytes)
      throw diskError("EFBIG", "write", this.packPath(this.packNumber));
    if (this.pack.size >= packBytes) this.nextPack();
    const offset = this.pack.size;
    this.writeReplay(replay, offset);
    const entry: StoredEpisode = {
      ...{ id: String(this.nextId), ...factsOf(facts), reason },
      ...{ pack: this.packNumber, offset, bytes: replay.length, crc: crc32(replay) },
    };
    this.nextId++;
    this.writer.add(encodeJson(entry));
    this.writer.flush();
    this.refresh();
    return publicEntry(entry);
  }

  /** Forgets the episodes that ended after a step; their bytes stay in the packs, unread. */
  rewind(step: number): void {
    this.writer.filter((line) => {
      try {
        return decodeStoredEpisode(decodeJson(line)).steps <= step;
      } catch {
        return false;
      }
    });
    this.refresh();
  }

  flush(): void {
    this.writer.flush();
  }

  sync(): void {
    this.pack.sync();
    this.writer.sync();
  }

  close(): void {
    this.pack.close();
    this.writer.close();
  }

  /**
   * A write that stops half way leaves bytes without a line; they are cut off if the disk lets us.
   */
  private writeReplay(replay: Uint8Array, offset: number): void {
    try {
      for (let done = 0; done < replay.length; ) done += this.pack.write(replay.subarray(done));
    } catch (error) {
      try {
        this.pack.truncate(offset);
      } catch {
        // Then they stay, unread; the next replay begins after them.
      }
      throw error;
    }
  }

  private nextPack(): void {
    this.pack.sync();
    const next = this.disk.append(this.packPath(this.packNumber + 1));
    this.pack.close();
    this.pack = next;
    this.packNumber++;
    this.dropOldPacks();
  }

  private dropOldPacks(): void {
    const packs = this.packs();
    const best = this.entries
      .filter(({ reason }) => reason !== "chosen")
      .reduce<StoredEpisode | undefined>(
        (a, b) => (a === undefined || b.return > a.return ? b : a),
        undefined,
      );
    const spared = new Set([0, best?.pack, this.packNumber]);
    let total = packs.reduce((sum, pack) => sum + pack.bytes, 0);
    for (const { number, bytes } of packs) {
      if (total <= this.maxBytes - packBytes) return;
      if (spared.has(number)) continue;
      this.disk.remove(this.packPath(number));
      total -= bytes;
    }
  }
}

/** Field by field, as in `decodeStoredEpisode`. */
function publicEntry(entry: StoredEpisode): EpisodeEntry {
  const { id, env, episode, seed, length, return: sum, terminated, steps, reason } = entry;
  return { id, env, episode, seed, length, return: sum, terminated, steps, reason };
}

function factsOf({
  env,
  episode,
  seed,
  length,
  return: sum,
  terminated,
  steps,
}: EpisodeFacts): EpisodeFacts {
  return { env, episode, seed, length, return: sum, terminated, steps };
}

function notFound(id: string): RunError {
  return new RunError("EPISODE_NOT_FOUND", `episode: there is no episode "${id.slice(0, 20)}"`);
}
