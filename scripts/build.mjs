/**
 * pnpm build: builds all packages, or those that are named, and the CUDA library as CAROM_CUDA says (lib/build.mjs).
 *
 *   pnpm build
 *   pnpm build carom @carom/viewer
 */
import { build, requireNode } from "./lib/build.mjs";

requireNode();
await build(process.argv.slice(2));
