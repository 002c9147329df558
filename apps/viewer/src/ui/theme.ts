/** Light or dark: what the system prefers until the reader chooses; the choice is kept. */
import { keep, kept } from "./settings.js";

export type Theme = "light" | "dark";

/** The element that carries the choice where the page is inside another. */
let inner: HTMLElement | undefined;

/** Makes another element carry it. */
export function setThemeRoot(element: HTMLElement): void {
  inner = element;
}

function themed(): HTMLElement {
  return inner ?? document.documentElement;
}

/** The theme that is shown. */
export function currentTheme(): Theme {
  const chosen = themed().dataset["theme"];
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
}

/** Applies a kept choice and calls back whenever the theme changes, until the signal. */
export function watchTheme(onChange: () => void, signal: AbortSignal): void {
  const chosen = kept("theme");
  if (chosen === "light" || chosen === "dark") themed().dataset["theme"] = chosen;
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", onChange, { signal });
}

/** Changes to the other theme. */
export function toggleTheme(): void {
  const next = currentTheme() === "dark" ? "light" : "dark";
  themed().dataset["theme"] = next;
  keep("theme", next);
}

/** The value of a colour of the theme, for what is drawn on a canvas; `of` where it is not the page's own. */
export function themeColor(name: string, of: Element = themed()): string {
  return getComputedStyle(of).getPropertyValue(`--${name}`).trim();
}

/** Whether the reader asks for less motion. */
export function prefersStillness(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
