/** The styles of a page, made those of a shadow root: what they say of the document holds for its host. */

/**
 * `:root`, with or without conditions on it, and `html` become `:host`. Fonts are left out: browsers
 * take them from the document alone.
 */
export function scoped(css: string): string {
  return css
    .replace(/@font-face\s*\{[^}]*\}/g, "")
    .replace(/:root((?:\[[^\]]*\]|:not\(\[[^\]]*\]\))+)/g, ":host($1)")
    .replace(/:root\b/g, ":host")
    .replace(/(^|[\s,}])html(?=[\s,{])/g, "$1:host");
}
