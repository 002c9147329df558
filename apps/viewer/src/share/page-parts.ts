/**
 * What a one-file replay carries, as the JSON text that lies in its page. Written by replay-page.ts,
 * read by the player in it (embed/file.ts).
 */
import {
  decodeEpisodeEntry,
  decodeJson,
  type EpisodeEntry,
  FormatError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "@carom/runs/formats";

/** Id of the element that holds the text. */
export const DATA_ID = "carom-replay";

/** An episode and all that showing it takes. */
export interface ReplayPageParts {
  /** Name of the game for people. */
  readonly title: string;
  /** The replay's bytes. */
  readonly replay: Uint8Array;
  /** Decision that the page opens at. */
  readonly step: number;
  /** Id of the run that it was played in. */
  readonly run?: string;
  /** What the run's index says of the episode. */
  readonly entry?: EpisodeEntry;
  /** How people call it, where it is no episode of the training: "Branch 1", "Policy of step 12.0k". */
  readonly name?: string;
  /** The game as a module without imports, where it is no part of Carom. */
  readonly game?: Uint8Array;
  /** The policy that played. */
  readonly policy?: PolicyPart;
}

/** A policy that a run has kept, and what running it takes. */
export interface PolicyPart {
  /** The file in the run's folder `policies/`. */
  readonly bytes: Uint8Array;
  /** Env steps of the training when it was taken. */
  readonly steps: number;
  /** Algorithm and complete configuration of the run, as `run.json` has them. */
  readonly algo: string;
  readonly config: JsonObject;
}

/** The parts as text that can stand in a page: it has no `<`. */
export function encodeParts(parts: ReplayPageParts): string {
  const { title, step, run, entry, name, policy } = parts;
  const bytes = (value: Uint8Array | undefined) => value && toBase64(value);
  const data = {
    ...{ title, step, run, entry, name, replay: bytes(parts.replay) },
    game: bytes(parts.game && withoutSources(parts.game)),
    policy: policy && { ...policy, bytes: bytes(policy.bytes) },
  };
  return JSON.stringify(data).replaceAll("<", "\\u003c");
}

/** Throws FormatError where the text is not what `encodeParts` writes. */
export function decodeParts(text: string): ReplayPageParts {
  const value = decodeJson(text);
  if (!isJsonObject(value)) throw new FormatError("the page holds no episode");
  const { title, step, run, entry, name, replay, game, policy } = value;
  if (typeof replay !== "string") throw new FormatError("the page holds no episode");
  return {
    title: typeof title === "string" ? title : "",
    replay: fromBase64(replay),
    step: typeof step === "number" && Number.isSafeInteger(step) && step >= 0 ? step : 0,
    ...(typeof run === "string" ? { run } : {}),
    ...(isJsonObject(entry) ? { entry: decodeEpisodeEntry(entry) } : {}),
    ...(typeof name === "string" ? { name } : {}),
    ...(typeof game === "string" ? { game: fromBase64(game) } : {}),
    ...(policy === undefined ? {} : { policy: decodePolicy(policy) }),
  };
}

function decodePolicy(value: JsonValue): PolicyPart {
  const { bytes, steps, algo, config } = isJsonObject(value) ? value : {};
  if (
    typeof bytes === "string" &&
    typeof steps === "number" &&
    typeof algo === "string" &&
    isJsonObject(config)
  ) {
    return { bytes: fromBase64(bytes), steps, algo, config };
  }
  throw new FormatError("the page's policy is damaged");
}

/** A module without its source map, which is larger than the game and names folders of its author. */
export function withoutSources(code: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(code);
  return new TextEncoder().encode(text.replace(/^\/\/# sourceMappingURL=.*$/gm, ""));
}

/** Bytes taken at a time: a call has a limit of arguments. */
const CHUNK = 8192;

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(i, i + CHUNK));
  }
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  let letters: string;
  try {
    letters = atob(text);
  } catch {
    throw new FormatError("the page's episode is damaged: its bytes are not base64");
  }
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}
