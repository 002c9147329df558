import { expect, test } from "vitest";
import { cos, sin } from "./math.js";

test("sine and cosine are within 1e-15 of the engine's for |x| <= 1000", () => {
  for (let x = -1000; x <= 1000; x += 0.0417) {
    if (Math.abs(sin(x) - Math.sin(x)) > 1e-15 || Math.abs(cos(x) - Math.cos(x)) > 1e-15) {
      throw new Error(`at ${x}: ${sin(x)}, ${cos(x)}`);
    }
  }
});

test("the bits that every engine has to give", () => {
  const values = [0, 0.5, 1, Math.PI / 4, Math.PI / 3.25, 2, -3, 10, 100].map((x) => [
    sin(x),
    cos(x),
  ]);
  expect(values).toMatchInlineSnapshot(`
    [
      [
        0,
        1,
      ],
      [
        0.479425538604203,
        0.8775825618903728,
      ],
      [
        0.8414709848078965,
        0.5403023058681398,
      ],
      [
        0.7071067811865475,
        0.7071067811865476,
      ],
      [
        0.8229838658936564,
        0.5680647467311559,
      ],
      [
        0.9092974268256816,
        -0.4161468365471424,
      ],
      [
        -0.1411200080598672,
        -0.9899924966004454,
      ],
      [
        -0.5440211108893699,
        -0.8390715290764524,
      ],
      [
        -0.5063656411097588,
        0.8623188722876839,
      ],
    ]
  `);
});
