/**
 * The page of a one-file replay (share/replay-page.ts): reads the episode out of the page itself and
 * shows it. Loads nothing; the 2-D canvas draws. What is run first is plain-file.ts or policy-file.ts.
 */
import { CanvasSurface } from "../draw/canvas-surface.js";
import { compact } from "../model/format.js";
import { bindings, type Command } from "../model/keys.js";
import { fragmentOf, momentOf } from "../model/permalink.js";
import { isPlayback } from "../model/transport.js";
import { DATA_ID, decodeParts, type ReplayPageParts } from "../share/page-parts.js";
import styles from "../styles/main.css?inline";
import { h } from "../ui/dom.js";
import { helpView } from "../ui/help-view.js";
import { icon, swapIcon } from "../ui/icons.js";
import { currentTheme, setThemeRoot, toggleTheme } from "../ui/theme.js";
import { exposeFileHandle } from "./file-handle.js";
import type { Around } from "./player.js";
import { Player } from "./player.js";
import type { PolicyExtra } from "./policy-extra.js";
import { openRoom } from "./shadow.js";
import { looseReplay, openLoose, showLoose } from "./viewer.js";

/** What the policy in a file adds to it. */
export interface FilePolicy {
  readonly extra: (around: Around, game: Uint8Array | undefined) => PolicyExtra;
  /** Whether a command is carried out with it. */
  readonly takes: (command: Command) => boolean;
}

/** @param policy for a file that has one */
export async function showFile(policy?: FilePolicy): Promise<void> {
  const host = document.getElementById("viewer");
  if (!host) throw new Error("the page has no place for the viewer");
  setThemeRoot(host);
  useFonts();
  const app = openRoom(host);
  try {
    await fill(app, policy);
  } catch (error) {
    const sentence = `This file cannot be shown: ${(error as Error).message}`;
    app.replaceChildren(h("p", { class: "file-problem", role: "alert" }, sentence));
  }
}

/** Throws an Error where the page's episode cannot be read. What is wrong with the game, the stage says. */
async function fill(app: HTMLElement, policy: FilePolicy | undefined): Promise<void> {
  const parts = decodeParts(document.getElementById(DATA_ID)?.textContent ?? "");
  const isOfFile = (command: Command) => isOfPlayer(command) || policy?.takes(command) === true;
  const help = helpView(bindings.filter(({ commands }) => commands.every(isOfFile)));
  const bar = barOf(parts, (command) => send(command));
  const loose = looseReplay(parts.replay, {
    ...(parts.entry ? { entry: parts.entry } : {}),
    ...(parts.name === undefined ? {} : { name: parts.name }),
    ...(parts.run === undefined ? {} : { run: parts.run }),
    ...(parts.game ? { gameAddress: addressOf(parts.game) } : {}),
    ...(policy && parts.policy ? { policy: parts.policy } : {}),
  });
  const episode = openLoose(loose);
  const surface = new CanvasSurface();
  let added: PolicyExtra | undefined;
  const extra = policy && ((around: Around) => (added = policy.extra(around, parts.game)));
  const player = new Player((wake) => episode.wakes(wake), {
    ...{ surface, keys: document },
    ...(extra && { extra }),
    onCommand: (command) => send(command),
    onFrame: () => bar.update(),
  });
  const send = (command: Command) => {
    if (command.type === "theme") {
      toggleTheme();
      added?.restyle();
    } else if (command.type === "help") help.toggle();
    player.wake();
  };
  app.replaceChildren(bar.root, player.root, help.root);
  exposeFileHandle(player.stage, added);
  const step = momentOf(location.hash)?.step ?? parts.step;
  await showLoose(player.stage, loose, { autoplay: false, step }).catch(() => {}); // the stage tells
  followAddress(player);
}

/** Whether a command is carried out in every file: there is no run around the episode. */
function isOfPlayer({ type }: Command): boolean {
  return type === "theme" || type === "help" || (isPlayback({ type }) && type !== "live");
}

/** The head of the page: what it shows. */
function barOf(parts: ReplayPageParts, send: (command: Command) => void) {
  const face = icon("moon");
  const button = (label: string, picture: SVGSVGElement, command: Command) =>
    h(
      "button",
      {
        ...{ class: "round small", type: "button", "aria-label": label, title: label },
        onclick: () => send(command),
      },
      picture,
    );
  const root = h(
    "header",
    { class: "top" },
    h("div", { class: "brand" }, h("h1", {}, parts.title)),
    h("div", { class: "run" }, h("span", { class: "run-about" }, aboutOf(parts))),
    h(
      "div",
      { class: "tools player-tools" },
      button("Light or dark (T)", face, { type: "theme" }),
      button("Keys (?)", icon("help"), { type: "help" }),
    ),
  );
  const update = () => swapIcon(face, currentTheme() === "dark" ? "sun" : "moon");
  return { root, update };
}

/** The run, and whose moves its policy's are. */
function aboutOf({ run, policy }: ReplayPageParts): string {
  const whose = policy && `policy of step ${compact(policy.steps)}`;
  return [run, whose].filter((text) => text !== undefined).join(" \u00b7 ");
}

/** The page's fonts: those of a shadow root are not looked at. */
function useFonts(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync((/@font-face\s*\{[^}]*\}/.exec(styles) ?? [""])[0]);
  document.adoptedStyleSheets = [sheet];
}

function addressOf(code: Uint8Array): string {
  return URL.createObjectURL(new Blob([code as BlobPart], { type: "text/javascript" }));
}

/** A changed address goes to its decision; the address follows while playback stands. */
function followAddress({ stage }: Player): void {
  window.addEventListener("hashchange", () => {
    const moment = momentOf(location.hash);
    if (moment) stage.dispatch({ type: "pause" });
    if (moment) stage.dispatch({ type: "seek", step: moment.step });
  });
  window.setInterval(() => {
    const episode = stage.episodeId;
    const isBranch = stage.show?.kind === "recorded" && stage.show.branch !== undefined;
    if (stage.state.mode !== "paused" || episode === undefined || isBranch) return;
    const fragment = fragmentOf({ episode, step: stage.step });
    if (fragment !== location.hash) history.replaceState(null, "", fragment);
  }, 500);
}
