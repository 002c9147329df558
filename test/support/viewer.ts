/** Opening the viewer's page in tests. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import "./handle.ts";

export interface OpenOptions {
  /** The reader's choices, as the page keeps them. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly options?: BrowserContextOptions;
  /** Takes what the page logs as an error. */
  readonly failures: string[];
}

/** Opens the page in a context of its own and waits until an episode is on the stage. */
export async function openViewer(
  browser: Browser,
  url: string,
  { settings = {}, options = {}, failures }: OpenOptions,
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => failures.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") failures.push(message.text());
  });
  await page.addInitScript((all) => {
    for (const [name, value] of Object.entries(all)) localStorage.setItem(`carom.${name}`, value);
  }, settings);
  await page.goto(url);
  await page.waitForFunction(() => window.__carom?.length > 0);
  return page;
}

/** Puts a live game (from 1) on the stage that has just begun, so that it goes on for a while. */
export async function onFreshGame(page: Page, game: number): Promise<void> {
  await page.waitForFunction((i) => {
    const board = window.__carom.boards[i];
    return board !== undefined && board.step > 3 && board.step < 20;
  }, game - 1);
  await page.locator(`.cell-face[aria-label^="Game ${game}:"]`).evaluate((face: HTMLElement) => {
    face.click();
  });
}

/** Lets the page draw so many frames: what was asked for before is on the screen after two. */
export async function frames(page: Page, count = 2): Promise<void> {
  await page.evaluate(async (wanted) => {
    for (let i = 0; i < wanted; i++) await new Promise(requestAnimationFrame);
  }, count);
}

/** Waits until the page has so many rows and its charts and list show all that it has. */
export async function drawn(page: Page, rows: number): Promise<void> {
  await page.waitForFunction((all) => window.__carom.rows >= all && window.__carom.upToDate, rows);
  await frames(page);
}
