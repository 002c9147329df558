/**
 * manifest.json of a checkpoint: what it is, and length and SHA-256 of each of its files. Its last
 * field is the SHA-256 of the text before it, so that a changed manifest is found out too. Written
 * last: a checkpoint without it is none.
 */
import { createHash } from "node:crypto";
import { count, objectOf, text } from "./formats/check.js";
import { FormatError } from "./formats/errors.js";
import { decodeJson, encodeJson, type JsonValue } from "./formats/json.js";

/** What a checkpoint belongs to; a difference makes it foreign. */
export interface CheckpointOrigin {
  readonly run: string;
  readonly game: string;
  readonly variant: string;
  readonly gameVersion: number;
  readonly algo: string;
}

/** One file of a checkpoint. */
export interface ManifestFile {
  readonly name: string;
  readonly bytes: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Content of manifest.json. */
export interface Manifest {
  readonly origin: CheckpointOrigin;
  readonly step: number;
  readonly score: number | null;
  /** ISO 8601 date and time, UTC. */
  readonly savedAt: string;
  readonly files: readonly ManifestFile[];
}

/** Most files of a checkpoint. */
export const maxFiles: number = 64;

const sealPattern = /,"sha256":"([0-9a-f]{64})"\}\n$/;
const filePattern = /^[a-z][a-z0-9-]{0,31}\.(safetensors|json)$/;

/** Lower-case hexadecimal SHA-256. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** True for a name that a checkpoint's file may have: no path, no dots but one, lower case. */
export function isCheckpointFile(name: string): boolean {
  return filePattern.test(name);
}

/** The text of manifest.json. */
export function encodeManifest(manifest: Manifest): string {
  const body = encodeJson({ format: 1, kind: "carom-checkpoint", ...manifest });
  return `${body.slice(0, -1)},"sha256":"${sha256(body)}"}\n`;
}

/** The manifest of a text; FormatError if it is not exactly what was written. */
export function decodeManifest(source: string): Manifest {
  const seal = sealPattern.exec(source);
  if (seal === null) throw new FormatError("manifest.json: cut off or not a manifest");
  const body = `${source.slice(0, seal.index)}}`;
  if (sha256(body) !== seal[1])
    throw new FormatError("manifest.json: changed since it was written");
  const what = "manifest.json";
  const o = objectOf(what, decodeJson(body));
  if (o["kind"] !== "carom-checkpoint" || o["format"] !== 1) {
    throw new FormatError(
      `${what}: written by another version (format ${String(o["format"])}, expected 1)`,
    );
  }
  const score = o["score"];
  if (score !== null && (typeof score !== "number" || !Number.isFinite(score))) {
    throw new FormatError(`${what}: field "score" is wrong`);
  }
  return {
    origin: originOf(o["origin"]),
    step: count(what, o, "step"),
    score,
    savedAt: text(what, o, "savedAt"),
    files: filesOf(o["files"]),
  };
}

/** The first difference between two origins in words, undefined if there is none. */
export function originDifference(
  found: CheckpointOrigin,
  expected: CheckpointOrigin,
): string | undefined {
  const fields = ["game", "variant", "gameVersion", "algo", "run"] as const;
  const field = fields.find((name) => found[name] !== expected[name]);
  if (field === undefined) return undefined;
  const label = field === "gameVersion" ? "version of the game" : field;
  return `its ${label} is ${found[field]}, expected ${expected[field]}`;
}

function originOf(value: JsonValue | undefined): CheckpointOrigin {
  const what = "manifest.json origin";
  const o = objectOf(what, value);
  return {
    run: text(what, o, "run"),
    game: text(what, o, "game"),
    variant: text(what, o, "variant"),
    gameVersion: count(what, o, "gameVersion"),
    algo: text(what, o, "algo"),
  };
}

function filesOf(value: JsonValue | undefined): readonly ManifestFile[] {
  if (!Array.isArray(value) || value.length > maxFiles)
    throw new FormatError("manifest.json: list of files is wrong");
  const files = value.map(fileOf);
  if (new Set(files.map((f) => f.name)).size !== files.length) {
    throw new FormatError("manifest.json: a file is listed twice");
  }
  return files;
}

function fileOf(value: JsonValue): ManifestFile {
  const what = "manifest.json file";
  const o = objectOf(what, value);
  const file = {
    name: text(what, o, "name"),
    bytes: count(what, o, "bytes"),
    sha256: text(what, o, "sha256"),
  };
  if (!isCheckpointFile(file.name)) throw new FormatError(`${what}: the name is not allowed`);
  if (!/^[0-9a-f]{64}$/.test(file.sha256)) throw new FormatError(`${what}: not a SHA-256`);
  return file;
}
