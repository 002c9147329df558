/**
 * A replay as one HTML file that opens by a double click and needs nothing else: the player, the
 * episode, the policy that played it if that is wanted, and, where it is no part of Carom, the game. Its
 * content security policy lets nothing run but the player, by its hash, and nothing be loaded at all. Runs
 * in browsers and in Node.
 */
import { DATA_ID, encodeParts, type ReplayPageParts } from "./page-parts.js";

/** Names of the built players beside the built page: of episodes alone, and of those with a policy. */
const PLAYER_FILES = { alone: "player.js", policy: "policy-player.js" } as const;

/** The built player that a page needs. */
export function playerFile({ policy }: { readonly policy?: unknown }): string {
  return policy === undefined ? PLAYER_FILES.alone : PLAYER_FILES.policy;
}

/** Bytes of a page beyond its player and what it carries: about so many. */
const FRAME_BYTES = 2500;

/** About how large a page will be, in bytes. @param contents bytes of replay, game and policy */
export function replayPageSize(player: number, contents: readonly number[]): number {
  return contents.reduce((sum, bytes) => sum + 4 * Math.ceil(bytes / 3), player + FRAME_BYTES);
}

const style = "html,body{height:100%;margin:0}body{background:#101113}#viewer{height:100%}";

/**
 * The page.
 * @param player code of the built player that `playerFile` names, one classic script
 */
export async function replayPage(player: string, parts: ReplayPageParts): Promise<string> {
  if (/<\/script|<!--/i.test(player)) {
    throw new Error("replayPage: the player's code cannot stand in a page (it holds a tag)");
  }
  const policy = [
    "default-src 'none'",
    `script-src '${await hashOf(player)}'${parts.game ? " blob:" : ""}`,
    ...(parts.policy ? ["worker-src blob:"] : []),
    `style-src '${await hashOf(style)}'`,
    "font-src data:",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="dark light"><meta name="referrer" content="no-referrer">',
    `<title>${escaped(titleOf(parts))}</title><style>${style}</style></head>`,
    '<body><div id="viewer"></div>',
    "<noscript>This page plays games, and needs JavaScript for it.</noscript>",
    `<script type="application/json" id="${DATA_ID}">${encodeParts(parts)}</script>`,
    `<script>${player}</script></body></html>`,
    "",
  ].join("\n");
}

function titleOf({ title, entry, name, run }: ReplayPageParts): string {
  const which = name ?? (entry && `episode ${entry.episode + 1}`);
  return `${title}${which === undefined ? "" : `, ${which}`}${run === undefined ? "" : ` \u00b7 ${run}`}`;
}

/** Text as it stands in HTML. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** How a content security policy names a text. */
async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}
