/**
 * A policy saved here runs in Chromium, from the same sources, on the reference backend: same file,
 * same random bits, same actions. Skipped, visibly, where there is no Chromium.
 */
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import * as T from "@carom/tensor";
import { type Browser, chromium } from "playwright-core";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as nn from "../src/index.js";

const executablePath = process.env["CAROM_CHROMIUM"] ?? "/usr/bin/chromium";

const page = `<!doctype html>
<script type="importmap">{"imports": {"@carom/tensor": "/tensor/index.js"}}</script>
<script type="module">
  import * as T from "/tensor/index.js";
  import * as nn from "/nn/index.js";
  globalThis.carom = { T, nn };
</script>`;

/** Serves a page that loads the sources of both packages, translated to JavaScript. */
function serveSources(): Promise<Server> {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const server = createServer((request, response) => {
    const [, unit, path] = /^\/(tensor|nn)\/([\w/-]+)\.js$/.exec(request.url ?? "") ?? [];
    const url = new URL(`../../${unit}/src/${path}.ts`, import.meta.url);
    if (unit === undefined || !existsSync(fileURLToPath(url))) {
      response.setHeader("content-type", "text/html").end(page);
      return;
    }
    const source = readFileSync(url, "utf8");
    const fileName = `${unit}-${path}.ts`;
    const { outputText } = ts.transpileModule(source, { compilerOptions, fileName });
    response.setHeader("content-type", "text/javascript").end(outputText);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

interface Outcome {
  uniform: number[];
  logits: number[];
  actions: number[];
  refusal: string;
}

/** Runs here and in the page: loads a policy and lets it act. */
function act(bytes: number[]): Outcome {
  const page = globalThis as typeof globalThis & { carom: { T: typeof T; nn: typeof nn } };
  const carom = page.carom;
  const device = carom.T.openDevice("reference");
  const random = new carom.T.RandomState([12, 34], { device });
  const { tensors } = carom.nn.decodeSafetensors(Uint8Array.from(bytes));
  const net = carom.nn.mlp([3, 8, 4], { random });
  carom.nn.loadParameters(net, tensors);
  const outcome = carom.T.scope(() => {
    const logits = net.forward(random.uniform([16, 3]));
    const { action } = carom.T.categoricalSample(logits, random);
    return {
      uniform: [...random.uniform([5]).toTypedArray()],
      logits: [...logits.toTypedArray()],
      actions: [...action.toTypedArray()],
    };
  });
  device.dispose();
  let refusal = "";
  try {
    carom.T.openDevice("cpu").dispose();
  } catch (error) {
    refusal = String(error);
  }
  return { ...outcome, refusal };
}

describe.skipIf(!existsSync(executablePath))("Chromium", () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    server = await serveSources();
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });

  afterAll(async () => {
    await browser.close();
    server.close();
  });

  test("runs a saved policy as Node does, and says that it has no native core", async () => {
    const device = T.openDevice("reference");
    const random = new T.RandomState(9, { device });
    const net = nn.mlp([3, 8, 4], { random });
    const bytes = [...nn.encodeSafetensors(nn.saveParameters(net))];
    device.dispose();
    Object.assign(globalThis, { carom: { T, nn } });
    const here = act(bytes);

    const tab = await browser.newPage();
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await tab.waitForFunction("globalThis.carom");
    const there = await tab.evaluate(act, bytes);
    expect(there.uniform).toEqual(here.uniform);
    expect(there.actions).toEqual(here.actions);
    there.logits.forEach((value, i) => {
      expect(value).toBeCloseTo(here.logits[i], 6);
    });
    expect(there.refusal).toContain('use openDevice("reference") in a browser');
    expect(here.refusal).toBe("");
  });
});
