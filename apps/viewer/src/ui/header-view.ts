/** The bar at the top: which run this is, how far it has come, how the connection stands. */
import { compact, duration, percent } from "../model/format.js";
import type { Command } from "../model/keys.js";
import { progressOf } from "../model/progress.js";
import type { Session } from "../session.js";
import { h, setAttribute, setText, svg } from "./dom.js";
import { icon, swapIcon } from "./icons.js";
import { currentTheme } from "./theme.js";

export interface HeaderView {
  readonly root: HTMLElement;
  update(): void;
}

const STATUS = {
  running: "Training",
  paused: "Paused",
  finished: "Finished",
  stopped: "Stopped",
  crashed: "Crashed",
} as const;

export function headerView(
  session: Session,
  send: (command: Command) => void,
  copyLink: () => Promise<boolean>,
  control: HTMLElement,
): HeaderView {
  const name = h("strong", {});
  const about = h("span", { class: "run-about" });
  const progress = progressView(session);
  const link = linkView(session);
  const themeIcon = icon("moon");
  const theme = headButton("Light or dark (T)", themeIcon, () => send({ type: "theme" }));
  const copyIcon = icon("link");
  const copy = headButton("Copy a link to this moment", copyIcon, async () => {
    if (!(await copyLink())) return;
    swapIcon(copyIcon, "check");
    window.setTimeout(() => swapIcon(copyIcon, "link"), 1500);
  });
  const root = h(
    "header",
    { class: "top" },
    h("div", { class: "brand" }, logo(), h("h1", {}, "Carom")),
    h("div", { class: "run" }, name, about),
    progress.root,
    control,
    link.root,
    h(
      "div",
      { class: "tools" },
      copy,
      headButton("Share (X)", icon("share"), () => send({ type: "export" })),
      theme,
      headButton("Keys (?)", icon("help"), () => send({ type: "help" })),
    ),
  );
  const update = () => {
    const { facts, spec } = session;
    setText(name, spec?.title ?? facts?.game ?? "");
    setText(about, facts ? `${facts.algo.toUpperCase()} \u00b7 ${facts.id}` : "");
    progress.update();
    link.update();
    swapIcon(themeIcon, currentTheme() === "dark" ? "sun" : "moon");
  };
  return { root, update };
}

/** How far the run is: a bar, the steps, what is left. */
function progressView(session: Session) {
  const status = h("span", { class: "status" });
  const steps = h("span", { class: "figure" });
  const left = h("span", { class: "figure quiet" });
  const bar = h("div", {
    class: "bar",
    role: "progressbar",
    "aria-label": "Progress of the run",
    "aria-valuemin": 0,
    "aria-valuemax": 100,
  });
  const root = h(
    "div",
    { class: "progress" },
    h("div", { class: "progress-line" }, status, steps, left),
    bar,
  );
  const update = () => {
    const { facts } = session;
    root.hidden = facts === undefined;
    if (!facts) return;
    const { share, secondsLeft } = progressOf(session.steps, facts.totalSteps, session.metrics);
    setText(status, STATUS[facts.status]);
    setAttribute(status, "data-status", facts.status);
    setText(
      steps,
      `${compact(session.steps)} of ${compact(facts.totalSteps)} steps \u00b7 ${percent(share)}`,
    );
    const running = facts.status === "running" && secondsLeft !== undefined;
    setText(left, running ? `${duration(secondsLeft)} left` : "");
    bar.style.setProperty("--share", share.toFixed(4));
    setAttribute(bar, "data-status", facts.status);
    setAttribute(bar, "aria-valuenow", String(Math.round(share * 100)));
  };
  return { root, update };
}

/** How the connection stands; while it is lost, when it is tried again. */
function linkView(session: Session) {
  const text = h("span", {});
  const retry = h(
    "button",
    { class: "text", type: "button", hidden: true, onclick: () => session.connect() },
    "Try now",
  );
  const root = h(
    "div",
    { class: "link", role: "status" },
    h("i", { "aria-hidden": "true" }),
    text,
    retry,
  );
  const update = () => {
    const { link } = session;
    setAttribute(root, "data-phase", link.phase);
    retry.hidden = link.phase !== "waiting";
    if (link.phase === "open") setText(text, "Connected");
    else if (link.phase === "connecting") setText(text, "Connecting");
    else if (link.phase === "refused") setText(text, "Refused");
    else {
      const seconds = Math.max(0, Math.ceil((link.retryAt - performance.now()) / 1000));
      setText(text, `Connection lost \u00b7 again in ${seconds} s`);
    }
  };
  return { root, update };
}

function headButton(label: string, face: SVGSVGElement, onclick: () => void): HTMLButtonElement {
  return h(
    "button",
    { class: "round small", type: "button", "aria-label": label, title: label, onclick },
    face,
  );
}

/** One ball glances off another. */
function logo(): SVGSVGElement {
  return svg(
    "svg",
    { class: "logo", viewBox: "0 0 32 32", "aria-hidden": "true" },
    svg("path", { class: "path", d: "M3.5 27.5 14.2 16.8 27 26" }),
    svg("circle", { class: "still", cx: 20.2, cy: 9.8, r: 5.3 }),
    svg("circle", { class: "cue", cx: 26.4, cy: 25.4, r: 3.6 }),
  );
}
