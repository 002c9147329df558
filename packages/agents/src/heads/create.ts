/** Chooses the policy head for an action space. */
import type { ActionSpace } from "@carom/envs";
import type { Device } from "@carom/tensor";
import { CategoricalHead } from "./categorical.js";
import type { ActionHead } from "./head.js";
import { MultiCategoricalHead } from "./multi-categorical.js";
import { NormalHead } from "./normal.js";

/** The head for `space`. */
export function createHead(space: ActionSpace, device: Device): ActionHead {
  switch (space.kind) {
    case "discrete":
      return new CategoricalHead(space.names.length);
    case "multi-discrete":
      return new MultiCategoricalHead(space.sizes);
    case "multi-binary":
      return new MultiCategoricalHead(new Array<number>(space.size).fill(2));
    case "box":
      return new NormalHead(space, device);
    default:
      return space satisfies never;
  }
}
