/**
 * Chromium for end-to-end tests: headless, software GL, its own profile. CAROM_CHROMIUM names the
 * executable where it is not at the usual place. Without one the tests of the page are skipped on
 * a developer's machine (`pnpm test` says so) and fail in continuous integration.
 */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const executablePath = process.env["CAROM_CHROMIUM"] ?? "/usr/bin/chromium";

/** Flags that make WebGL work without a GPU and keep the browser from calling home. */
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--enable-unsafe-swiftshader",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Whether the tests of the page can run, or must fail for want of a browser. */
export const testsThePage: boolean = existsSync(executablePath) || process.env["CI"] !== undefined;

export async function launchBrowser(): Promise<Browser> {
  if (!existsSync(executablePath)) {
    throw new Error(
      `No Chromium at ${executablePath}: install one (Debian, Ubuntu: "apt-get install -y chromium"; others: any Chrome or ` +
        "Chromium) and set CAROM_CHROMIUM to its path if it lies elsewhere.",
    );
  }
  const browser = await chromium.launch({ executablePath, headless: true, args: flags });
  const newContext = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await newContext(options);
    context.setDefaultTimeout(patience);
    return context;
  };
  return browser;
}

/** Milliseconds that pages may take for what is waited for: many times what a busy machine needs. */
const patience = 120_000;

/** Closes the pages that a test has left open, where it failed: they would complain of what comes after it. */
export async function closePages(browser: Browser | undefined): Promise<void> {
  for (const context of browser?.contexts() ?? []) await context.close();
}

/** The width of the board once it has stopped changing: what stands around it comes late. */
export async function settledWidth(page: Page): Promise<number> {
  let width = 0;
  for (let before = -1; before !== width; await page.waitForTimeout(300)) {
    before = width;
    ({ width } = await pictureOf(page, ".board canvas"));
  }
  return width;
}

/** Pixels of a picture. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** RGBA, 8 bits each. */
  readonly data: Uint8ClampedArray;
}

/** What a part of the page looks like, as a person would see it. */
export async function pictureOf(page: Page, selector: string): Promise<Picture> {
  return decodePicture(page, await page.locator(selector).first().screenshot());
}

/** Pixels of a PNG, decoded by a page that stands open. */
export async function decodePicture(page: Page, png: Buffer): Promise<Picture> {
  const { width, height, base64 } = await page.evaluate(decodePng, png.toString("base64"));
  return { width, height, data: new Uint8ClampedArray(Buffer.from(base64, "base64")) };
}

/** Share of the pixels (0..1) of which a colour differs by more than `tolerance` (0..255). */
export function difference(a: Picture, b: Picture, tolerance = 0): number {
  if (a.width !== b.width || a.height !== b.height) return 1;
  let different = 0;
  for (let i = 0; i < a.data.length; i += 4) {
    const far = [0, 1, 2].some((c) => Math.abs(a.data[i + c] - b.data[i + c]) > tolerance);
    if (far) different++;
  }
  return different / (a.data.length / 4);
}

/** Share of the pixels that do not have the picture's most frequent colour. */
export function drawnShare(picture: Picture): number {
  const counts = new Map<number, number>();
  for (let i = 0; i < picture.data.length; i += 4) {
    const color = (picture.data[i] << 16) | (picture.data[i + 1] << 8) | picture.data[i + 2];
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  return 1 - Math.max(...counts.values()) / (picture.data.length / 4);
}

/** Number of distinct colours that cover at least `pixels` pixels each. */
export function colorCount(picture: Picture, pixels: number): number {
  const counts = new Map<number, number>();
  for (let i = 0; i < picture.data.length; i += 4) {
    const color = (picture.data[i] << 16) | (picture.data[i + 1] << 8) | picture.data[i + 2];
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  return [...counts.values()].filter((count) => count >= pixels).length;
}

/** Runs in the page: the browser decodes its own screenshot. */
async function decodePng(
  base64: string,
): Promise<{ width: number; height: number; base64: string }> {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  if (!context) throw new Error("no 2-D canvas");
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  let text = "";
  for (let i = 0; i < data.length; i += 8192) {
    text += String.fromCharCode(...data.subarray(i, i + 8192));
  }
  return { width, height, base64: btoa(text) };
}
