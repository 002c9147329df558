/** Fails every test that leaves tensors behind. */
import { leakCheck } from "@carom/tensor/testing";
import { afterEach, beforeEach } from "vitest";

let check: () => string[] = () => [];

beforeEach(() => {
  check = leakCheck();
});

afterEach(() => {
  const leaks = check();
  if (leaks.length > 0) throw new Error(`this test leaks tensors: ${leaks.join(", ")}`);
});
