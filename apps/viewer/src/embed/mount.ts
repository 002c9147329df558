/** mountViewer: a viewer inside an element of another page. */
import { openSurface } from "../draw/surface.js";
import { openApi } from "../net/api.js";
import { Page } from "../page.js";
import { moduleWorker } from "../policy/module-worker.js";
import type { PolicyPort } from "../policy/port.js";
import { Session } from "../session.js";
import type { PolicyPart } from "../share/page-parts.js";
import { setThemeRoot } from "../ui/theme.js";
import type { ReplayPolicy, Viewer, ViewerOptions } from "./api.js";
import { type Around, Player } from "./player.js";
import { policyExtra } from "./policy-extra.js";
import { closeRoom, openRoom } from "./shadow.js";
import { looseReplay, openLoose, showLoose, viewerOf } from "./viewer.js";

/**
 * Shows an episode or a run in an element, which has to have a height. Throws Error where the options
 * contradict each other or the policy's file cannot be had, EnvError REPLAY_CORRUPT for bytes that are no
 * replay.
 */
export async function mountViewer(element: HTMLElement, options: ViewerOptions): Promise<Viewer> {
  const { replay, run, parts = "stage", theme } = options;
  if ((replay === undefined) === (run === undefined)) {
    throw new Error(
      `mountViewer: one thing to show (got ${replay ? "replay and run" : "neither"}, expected replay or run)`,
    );
  }
  if (parts === "page" && run === undefined) {
    throw new Error('mountViewer: a replay alone has no page (got parts "page", expected "stage")');
  }
  if (options.policy && run !== undefined) {
    throw new Error("mountViewer: a run has policies of its own (got run and policy)");
  }
  const policy = options.policy && (await policyPart(options.policy));
  const more = { ...(options.game && { definition: options.game }), ...(policy && { policy }) };
  const first = replay && looseReplay(replay, more); // throws before anything is shown
  if (theme) element.dataset["theme"] = theme;
  const app = openRoom(element);
  if (first) return mountReplay(element, app, options, first);
  const address = new URL(run ?? "", location.href);
  return parts === "page"
    ? mountPage(element, app, options, address)
    : mountRun(element, app, options, address);
}

type Loose = ReturnType<typeof looseReplay>;

/** Whether a policy that plays the one can play the other. */
function isSameGame({ replay: a }: Loose, { replay: b }: Loose): boolean {
  return a.game === b.game && a.variant === b.variant && a.version === b.version;
}

/** The policy with its file at hand. */
async function policyPart({ file, algo, config, steps = 0 }: ReplayPolicy): Promise<PolicyPart> {
  if (file instanceof Uint8Array) return { bytes: file, algo, config, steps };
  const answer = await fetch(file).catch((error: Error) => error.message);
  if (typeof answer === "string" || !answer.ok) {
    const why = typeof answer === "string" ? answer : answer.status;
    throw new Error(`mountViewer: the policy's file cannot be had (${why}, ${file})`);
  }
  return { bytes: new Uint8Array(await answer.arrayBuffer()), algo, config, steps };
}

/** Opens the way to who runs the policy: a game that only this page has cannot go into a worker. */
async function openerOf({ definition }: Loose): Promise<() => PolicyPort> {
  if (!definition) return moduleWorker;
  const { inPage } = await import("../policy/in-page.js");
  return () => inPage(() => definition);
}

function keysOf(app: HTMLElement, { keys = "focus" }: ViewerOptions): Document | HTMLElement {
  return keys === "document" ? document : app;
}

async function mountReplay(
  element: HTMLElement,
  app: HTMLElement,
  options: ViewerOptions,
  first: Loose,
): Promise<Viewer> {
  const surface = await openSurface(options.renderer ?? "auto", false);
  const loose = openLoose(first);
  const open = await openerOf(first);
  const extra = first.policy && ((around: Around) => policyExtra(around, { open }));
  const player: Player = new Player((wake) => loose.wakes(wake), {
    surface,
    ...(extra && { extra }),
    keys: keysOf(app, options),
    onFrame: () => made.look(),
  });
  const { stage, session } = player;
  const begin = { autoplay: options.autoplay ?? false, step: options.step ?? 0 };
  const { definition, policy } = first;
  const openNext = async (what: Uint8Array | string) => {
    if (typeof what === "string")
      throw new Error("open: a viewer of a replay has no episodes to name");
    const bare = looseReplay(what, definition ? { definition } : {});
    const next = policy && isSameGame(bare, first) ? { ...bare, policy } : bare;
    player.leave();
    loose.replace(next);
    await showLoose(stage, next, { autoplay: begin.autoplay, step: 0 });
  };
  const dispose = () => {
    player.dispose();
    closeRoom(element);
  };
  const made = viewerOf({ stage, session, open: openNext, dispose });
  app.replaceChildren(player.root);
  await showLoose(stage, first, begin).catch(() => {}); // `ready` tells
  return made.viewer;
}

async function mountRun(
  element: HTMLElement,
  app: HTMLElement,
  options: ViewerOptions,
  address: URL,
): Promise<Viewer> {
  const surface = await openSurface(options.renderer ?? "auto", false);
  const player: Player = new Player((wake) => new Session(openApi(address), wake), {
    surface,
    keys: keysOf(app, options),
    onFrame: () => made.look(),
  });
  const dispose = () => {
    player.dispose();
    closeRoom(element);
  };
  const { stage, session } = player;
  const made = viewerOf({ stage, session, open: (what) => openOf(stage, session, what), dispose });
  app.replaceChildren(player.root);
  session.want(1);
  session.connect();
  return made.viewer;
}

async function mountPage(
  element: HTMLElement,
  app: HTMLElement,
  options: ViewerOptions,
  address: URL,
): Promise<Viewer> {
  const renderer = options.renderer ?? "auto";
  setThemeRoot(element);
  const surfaces = {
    stage: await openSurface(renderer, false),
    grid: await openSurface(renderer, true),
    open: () => openSurface(renderer, false),
  };
  const page = new Page(address, surfaces, {
    keys: keysOf(app, options),
    ownsWindow: false,
    onFrame: () => made.look(),
  });
  const { stage, session } = page;
  const dispose = () => {
    page.dispose();
    closeRoom(element);
  };
  const made = viewerOf({ stage, session, open: (what) => openOf(stage, session, what), dispose });
  app.replaceChildren(...page.elements());
  page.begin();
  return made.viewer;
}

/** Puts an episode of a run on the stage, paused. */
async function openOf(
  stage: Page["stage"],
  session: Session,
  what: Uint8Array | string,
): Promise<void> {
  if (typeof what !== "string") {
    throw new Error("open: a viewer of a run opens its episodes (got bytes, expected an id)");
  }
  const entry = session.episodes.find(({ id }) => id === what);
  if (!entry) throw new Error(`open: the run keeps no such episode (got "${what}")`);
  await stage.open(entry, "paused");
  if (stage.problem !== undefined) throw new Error(stage.problem);
}
