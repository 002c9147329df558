import { expect, test } from "vitest";
import { scoped } from "./scoped.js";

test.each([
  [":root { --a: 1 }", ":host { --a: 1 }"],
  [':root[data-theme="light"]{--a:2}', ':host([data-theme="light"]){--a:2}'],
  [
    '@media (x) {:root:not([data-theme="dark"]) { --a: 1 } }',
    '@media (x) {:host(:not([data-theme="dark"])) { --a: 1 } }',
  ],
  ["*{}\nhtml { color: red }", "*{}\n:host { color: red }"],
  [".html-like, html, .b{}", ".html-like, :host, .b{}"],
  ['@font-face { src: url("x") }.a{}', ".a{}"],
  [".a .root { }", ".a .root { }"],
])("%s becomes %s", (css, expected) => {
  expect(scoped(css)).toBe(expected);
});
