/** Fails every test that leaves tensors behind. */
import { afterEach, beforeEach } from "vitest";
import { leakCheck } from "../src/testing.js";

let check: () => string[] = () => [];

beforeEach(() => {
  check = leakCheck();
});

afterEach(() => {
  const leaks = check();
  if (leaks.length > 0) throw new Error(`this test leaks tensors: ${leaks.join(", ")}`);
});
