/**
 * The viewer for those who do not use a mouse or do not see the board: axe finds nothing serious in
 * any state of the page, Tab reaches every control and shows where it is, and the game is told in
 * words where the reader asks for it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPage, type ScriptedRun, startScriptedRun } from "@carom/viewer/dev";
import axe, { type AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "./support/handle.ts";
import { launchBrowser, testsThePage } from "./support/browser.ts";

const folder = mkdtempSync(join(tmpdir(), "carom-viewer-a11y-"));
const inBrowser = describe.skipIf(!testsThePage);
let browser: Browser;
let run: ScriptedRun;

beforeAll(async () => {
  if (!testsThePage) return;
  await buildPage(folder);
  browser = await launchBrowser();
  run = await startScriptedRun({
    ...{ talent: 0.9, games: 16, pace: 2, totalSteps: 1e9, staticDir: folder },
  });
  run.hurry(600);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await run?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(
  colorScheme: "dark" | "light" = "dark",
  width = 1440,
  height = 900,
): Promise<Page> {
  const options = { viewport: { width, height }, colorScheme };
  const page = await (await browser.newContext(options)).newPage();
  await page.addInitScript(() => {
    localStorage.setItem("carom.boards", "4");
    localStorage.setItem("carom.countdown", "off");
  });
  await page.goto(run.url);
  await page.waitForFunction(() => window.__carom?.episode !== undefined);
  await page.keyboard.press("Space");
  return page;
}

/** What is serious or critical, a line per element. */
async function findings(page: Page): Promise<string[]> {
  // The page's policy forbids scripts from elsewhere; the debugger's own may run.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, any }) => `${id}: ${html.slice(0, 120)} ${any[0]?.message ?? ""}`),
    );
}

inBrowser("axe finds nothing serious or critical", () => {
  for (const scheme of ["dark", "light"] as const) {
    test(`in the ${scheme} page, wide and narrow`, async () => {
      for (const [width, height] of [
        [1440, 900],
        [1100, 750],
      ]) {
        const page = await open(scheme, width, height);
        expect(await findings(page)).toEqual([]);
        await page.context().close();
      }
    });

    test(`with the help, the palette and the panels, ${scheme}`, async () => {
      const page = await open(scheme);
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keys" }).waitFor();
      expect(await findings(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog", { name: "Keys" }).waitFor({ state: "hidden" });
      await page.keyboard.press("Control+k");
      await page.keyboard.type("episode");
      expect(await findings(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByRole("tab", { name: "Run" }).click();
      expect(await findings(page)).toEqual([]);
      await page.context().close();
    });

    test(`while a person plays, and with branches, ${scheme}`, async () => {
      const page = await open(scheme);
      await page.keyboard.press("Home");
      await page.keyboard.press("p");
      await page.waitForFunction(() => window.__carom.currentStep > 5);
      expect(await findings(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.keyboard.press("b");
      await page.getByRole("treeitem").nth(1).waitFor();
      expect(await findings(page)).toEqual([]);
      await page.context().close();
    });
  }
});

/** Runs in the page: what has the focus, and whether that can be seen. */
function focused(): { name: string | undefined; isSeen: boolean } {
  const element = document.activeElement;
  if (!element || element === document.body) return { name: undefined, isSeen: false };
  const text = element.getAttribute("aria-label") ?? element.textContent ?? "";
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const isSeen = outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 1;
  return { name: text.trim(), isSeen };
}

inBrowser("the keyboard alone", () => {
  test("reaches every control by Tab, each with a visible focus", async () => {
    const page = await open();
    await page.waitForFunction(() => window.__carom.boards.length === 4);
    await page.waitForTimeout(200);
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    const expected = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>("button, input, select, [tabindex='0']")]
        .filter((one) => one.checkVisibility() && one.tabIndex >= 0)
        .map((one) => (one.getAttribute("aria-label") ?? one.textContent ?? "").trim()),
    );
    const reached: string[] = [];
    for (let i = 0; i < expected.length + 3; i++) {
      await page.keyboard.press("Tab");
      const { name, isSeen } = await page.evaluate(focused);
      if (name === undefined) continue; // the browser's own bar, or the page as a whole
      reached.push(name);
      expect({ name, isSeen }).toEqual({ name, isSeen: true });
    }
    expect(expected.length).toBeGreaterThan(25);
    expect(expected.filter((name) => !reached.includes(name))).toEqual([]);
    await page.context().close();
  });

  test("every control has a name", async () => {
    const page = await open();
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll("button, [role=slider], [role=tab], [role=listbox]")]
        .filter((one) => !(one.getAttribute("aria-label") ?? one.textContent ?? "").trim())
        .map((one) => one.outerHTML.slice(0, 100)),
    );
    expect(nameless).toEqual([]);
    await page.context().close();
  });

  test("takes over, plays, hands back and plays the branch again", async () => {
    const page = await open();
    await page.keyboard.press("Home");
    await page.keyboard.press("p");
    const board = page.getByRole("application");
    expect(await board.evaluate((one) => one === document.activeElement)).toBe(true);
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction(() => window.__carom.currentStep > 30); // so that the branch plays for a while
    await page.keyboard.press("Escape");
    await page.keyboard.press("b");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => window.__carom.mode === "playing");
    await page.locator(".stage-title", { hasText: "Branch 1" }).waitFor();
    await page.context().close();
  });
});

inBrowser("the game in words", () => {
  test("is told when the reader asks for it, at a low rate, and not before", async () => {
    const page = await open();
    await page.evaluate(() => {
      const said: string[] = [];
      const region = document.querySelector("[aria-live=polite].unseen");
      new MutationObserver(() => said.push(region?.textContent ?? "")).observe(
        region ?? document.body,
        { childList: true, characterData: true, subtree: true },
      );
      Object.assign(window, { said });
    });
    const said = () => page.evaluate(() => (window as unknown as { said: string[] }).said);
    await page.keyboard.press("Space");
    await page.waitForTimeout(500);
    expect(await said()).toEqual([]);
    await page.keyboard.press("d");
    await page.waitForFunction(() => (window as unknown as { said: string[] }).said.length >= 2);
    const all = await said();
    expect(all[0]).toBe("The game is described.");
    expect(all[1]).toMatch(/^Episode \d+\. .*Score -?\d+\..* Decision \d+ of \d+\./);
    await page.waitForTimeout(1500);
    expect((await said()).length).toBe(all.length);
    await page.context().close();
  });
});
