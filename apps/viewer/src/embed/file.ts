/**
 * What runs in a one-file replay (share/replay-page.ts): reads the episode out of the page itself and
 * shows it. Loads nothing; the 2-D canvas draws.
 */
import { CanvasSurface } from "../draw/canvas-surface.js";
import { type Binding, bindings, type Command } from "../model/keys.js";
import { fragmentOf, momentOf } from "../model/permalink.js";
import { isPlayback } from "../model/transport.js";
import { DATA_ID, decodeParts, type ReplayPageParts } from "../share/page-parts.js";
import styles from "../styles/main.css?inline";
import { h } from "../ui/dom.js";
import { helpView } from "../ui/help-view.js";
import { icon, swapIcon } from "../ui/icons.js";
import { currentTheme, setThemeRoot, toggleTheme } from "../ui/theme.js";
import { exposeFileHandle } from "./file-handle.js";
import { Player } from "./player.js";
import { openRoom } from "./shadow.js";
import { looseReplay, openLoose, showLoose } from "./viewer.js";

async function start(): Promise<void> {
  const parts = decodeParts(document.getElementById(DATA_ID)?.textContent ?? "");
  const host = document.getElementById("viewer");
  if (!host) throw new Error("the page has no place for the viewer");
  setThemeRoot(host);
  useFonts();
  const app = openRoom(host);
  const help = helpView(bindings.filter(isOfFile));
  const bar = barOf(parts, (command) => send(command));
  const loose = looseReplay(parts.replay, {
    ...(parts.entry ? { entry: parts.entry } : {}),
    ...(parts.run === undefined ? {} : { run: parts.run }),
    ...(parts.game ? { gameAddress: addressOf(parts.game) } : {}),
  });
  const episode = openLoose(loose);
  const surface = new CanvasSurface();
  const player = new Player((wake) => episode.wakes(wake), {
    ...{ surface, keys: document },
    onCommand: (command) => send(command),
    onFrame: () => bar.update(),
  });
  const send = (command: Command) => {
    if (command.type === "theme") toggleTheme();
    else if (command.type === "help") help.toggle();
    player.wake();
  };
  app.replaceChildren(bar.root, player.root, help.root);
  exposeFileHandle(player.stage);
  const step = momentOf(location.hash)?.step ?? parts.step;
  await showLoose(player.stage, loose, { autoplay: false, step });
  followAddress(player);
}

/** Whether a key does something in a file: there is no run around the episode. */
function isOfFile({ commands }: Binding): boolean {
  return commands.every(({ type }) => {
    const isAboutPage = type === "theme" || type === "help";
    return isAboutPage || (isPlayback({ type }) && type !== "live");
  });
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
    h("div", { class: "run" }, h("span", { class: "run-about" }, parts.run ?? "")),
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
    if (stage.state.mode !== "paused" || episode === undefined) return;
    const fragment = fragmentOf({ episode, step: stage.step });
    if (fragment !== location.hash) history.replaceState(null, "", fragment);
  }, 500);
}

void start();
