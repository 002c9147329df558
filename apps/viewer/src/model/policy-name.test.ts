import { expect, test } from "vitest";
import { policyName, policyTitle, whosePolicy } from "./policy-name.js";

test("a policy is called by its moment, and by its run where that is another", () => {
  const run = { id: "pong-dqn-2" };
  expect([0, 12_345].map((steps) => policyName({ steps }))).toEqual([
    "before training",
    "step 12.3k",
  ]);
  expect([0, 12_345].map((steps) => policyTitle({ steps }))).toEqual([
    "Policy before training",
    "Policy of step 12.3k",
  ]);
  expect([0, 12_345].map((steps) => whosePolicy({ steps, run }))).toEqual([
    "policy of pong-dqn-2, before training",
    "policy of pong-dqn-2, step 12.3k",
  ]);
});
