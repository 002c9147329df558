/**
 * The HTTP side: facts and history of the run. Every answer is decoded by the formats package, so
 * what arrives is either what its type says or an error. The token comes from this page's own
 * address.
 */
import type { GameDefinition } from "@carom/envs";
import {
  type ControlAnswer,
  type ControlVerb,
  decodeCheckpointSteps,
  decodeControlAnswer,
  decodeEpisodeColumns,
  decodeEventsPage,
  decodeJson,
  decodeMetricsPage,
  decodePoliciesPage,
  decodeRunFacts,
  decodeRunList,
  type EpisodesPage,
  type EventsPage,
  encodeControlRequest,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type MetricsPage,
  type PoliciesPage,
  type RunFacts,
} from "@carom/runs/formats";

/**
 * An answer that is not a success. `status` is the HTTP status, 0 if there was no answer at all.
 */
export class ApiError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

export interface Api {
  run(): Promise<RunFacts>;
  metrics(since: number): Promise<MetricsPage>;
  episodes(since: number): Promise<EpisodesPage>;
  events(since: number): Promise<EventsPage>;
  /** Asks the training for something; an ApiError if it is not even asked. */
  control(verb: ControlVerb): Promise<ControlAnswer>;
  /** The runs beside this one, this one included. */
  runs(): Promise<readonly RunFacts[]>;
  /** Rows of a run beside this one. */
  metricsOf(run: string, since: number): Promise<MetricsPage>;
  /** Policies of a run beside this one. */
  policiesOf(run: string, since: number): Promise<PoliciesPage>;
  /** Bytes of one of them. */
  policyOf(run: string, id: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Env steps of the checkpoints that are kept, newest first. */
  checkpoints(): Promise<readonly number[]>;
  /** Bytes of a replay. */
  replay(id: string): Promise<Uint8Array>;
  policies(since: number): Promise<PoliciesPage>;
  /** Bytes of a policy. */
  policy(id: string): Promise<Uint8Array<ArrayBuffer>>;
  /** The run's own copy of its game; an ApiError if it cannot be had. */
  game(): Promise<Uint8Array>;
  /** A file of the built page. */
  file(name: string): Promise<Uint8Array>;
  /** Whether the run keeps episodes that a person played here. */
  takesDemonstrations(): Promise<boolean>;
  /** Hands one in; gives the id under which it is kept. An ApiError says why not. */
  keepDemonstration(replay: Uint8Array): Promise<string>;
  /** Where that copy can be imported from; another address for other code. */
  gameAddress(sha256: string): string;
  /** The game itself, where it is at hand and need not be looked for. */
  readonly definition?: GameDefinition | undefined;
  /** How people call the only episode that there is, where it is none of a training. */
  readonly episodeName?: string | undefined;
  /** Address of the live link. */
  readonly liveAddress: string;
}

/** @param page address of this page, with its token */
export function openApi(page: URL): Api {
  const token = page.searchParams.get("token") ?? "";
  const get = (path: string): Promise<Response> => request(new URL(path, page), token);
  const post = (path: string, body: string | Uint8Array<ArrayBuffer>): Promise<Response> => {
    const type = typeof body === "string" ? "application/json" : "application/octet-stream";
    return request(new URL(path, page), token, {
      method: "POST",
      body,
      headers: { "content-type": type },
    });
  };
  const text = async (path: string): Promise<string> => (await get(path)).text();
  const bytes = async (path: string) => new Uint8Array(await (await get(path)).arrayBuffer());
  const gameAddress = (sha256: string): string =>
    new URL(`api/game?token=${encodeURIComponent(token)}&sha256=${sha256}`, page).href;
  const live = new URL(`live?token=${encodeURIComponent(token)}`, page);
  live.protocol = page.protocol === "https:" ? "wss:" : "ws:";
  const beside = (run: string, what: string): string =>
    `api/runs/${encodeURIComponent(run)}/${what}`;
  return {
    liveAddress: live.href,
    run: async () => decodeRunFacts(decodeJson(await text("api/run"))),
    metrics: async (since) => decodeMetricsPage(await text(`api/metrics?since=${since}`)),
    episodes: async (since) => {
      const answer = await get(`api/episodes?since=${since}&as=columns`);
      return decodeEpisodeColumns(new Uint8Array(await answer.arrayBuffer()));
    },
    events: async (since) => decodeEventsPage(await text(`api/events?since=${since}`)),
    control: async (verb) => {
      const answer = await post("api/control", encodeControlRequest({ verb }));
      return decodeControlAnswer(await answer.text());
    },
    checkpoints: async () => decodeCheckpointSteps(await text("api/checkpoints")),
    runs: async () => decodeRunList(await text("api/runs")),
    metricsOf: async (run, since) =>
      decodeMetricsPage(await text(beside(run, `metrics?since=${since}`))),
    policiesOf: async (run, since) =>
      decodePoliciesPage(await text(beside(run, `policies?since=${since}`))),
    policyOf: (run, id) => bytes(beside(run, `policies/${id}`)),
    replay: (id) => bytes(`api/episodes/${id}`),
    policies: async (since) => decodePoliciesPage(await text(`api/policies?since=${since}`)),
    policy: (id) => bytes(`api/policies/${id}`),
    takesDemonstrations: async () =>
      flagOf(decodeJson(await text("api/demonstrations")), "available"),
    keepDemonstration: async (replay) => {
      const answer = await post("api/demonstrations", replay.slice());
      return idOf(decodeJson(await answer.text()));
    },
    game: () => bytes("api/game"),
    file: (name) => bytes(name),
    gameAddress,
  };
}

async function request(address: URL, token: string, more: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    const headers = { ...more.headers, "x-carom-token": token };
    response = await fetch(address, { ...more, headers, cache: "no-store" });
  } catch {
    throw new ApiError("The trainer does not answer.", 0);
  }
  if (response.ok) return response;
  throw new ApiError(await problemOf(response), response.status);
}

function flagOf(value: JsonValue, name: string): boolean {
  return isJsonObject(value) && value[name] === true;
}

function idOf(value: JsonValue): string {
  const id = isJsonObject(value) ? value["id"] : undefined;
  if (typeof id === "string") return id;
  throw new ApiError("The trainer gave no answer that this page understands.", 200);
}

/** A sentence for a refusal: the server's own if it gave a short one. */
async function problemOf(response: Response): Promise<string> {
  try {
    const { error } = objectIn(decodeJson(await response.text()));
    const { message, code } = objectIn(error);
    if (code === "FORBIDDEN") {
      return "The trainer refused this page. Open the address that it printed, with its token.";
    }
    if (typeof message === "string") return message;
  } catch {
    // Not the trainer's own words: the status has to do.
  }
  return `The trainer answered ${response.status}.`;
}

function objectIn(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
