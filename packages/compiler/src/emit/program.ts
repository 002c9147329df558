/** The C++ text that both targets share: tables, the game's state, its functions. */
import type { ActionSpace, GameSpec } from "@carom/envs";
import { actionWidth } from "@carom/envs";
import type { Analysis } from "../analyse/analyse.js";
import type { Fn, Program, ScalarField, Site, Store } from "../ir/ir.js";
import type { Layout } from "../layout.js";
import { type CppNames, ExpressionWriter } from "./expressions.js";
import { type Calls, StatementWriter } from "./statements.js";
import { type CppType, cppName, cppType, elementType, literal, typeOfKind } from "./types.js";

/** What is written. */
export interface Translated {
  readonly spec: GameSpec;
  readonly program: Program;
  readonly analysis: Analysis;
  readonly layout: Layout;
}

/** Where it is to run. */
export type TargetName = "host" | "cuda";

/** The shared part of the text, and the sites that it guards. */
export interface ProgramText {
  readonly text: string;
  readonly guarded: ReadonlySet<Site>;
}

/** Writes tables, state and functions. */
export function writeProgram(game: Translated, target: TargetName, checked: boolean): ProgramText {
  const names = namesOf(game.program);
  const exprs = new ExpressionWriter(game.analysis, names, checked);
  const calls = callsOf(game, names);
  const fns = game.program.fns.map((fn) => {
    const writer = new StatementWriter(fn, { analysis: game.analysis, exprs, calls, checked });
    return [`${signature(fn, game, names, calls)} {`, ...writer.write(), "}"].join("\n");
  });
  const text = [
    ...game.program.tables.filter(({ length }) => length > 0).map((store) => table(store, names)),
    stateStruct(game, names, target, checked),
    initialiser(game, names),
    ...fns,
    actionFacts(game.spec),
    ...wrappers(game, names, calls),
  ].join("\n\n");
  return { text, guarded: exprs.guarded };
}

function namesOf({ fields, arrays, tables }: Program): CppNames {
  const texts = new Map<object, string>();
  for (const [i, one] of [...fields, ...arrays].entries()) {
    const plain = cppName(one.name);
    texts.set(one, plain === one.name ? `f_${plain}` : `f_${plain}_${i}`);
  }
  for (const [i, one] of tables.entries()) texts.set(one, `table${i}_${cppName(one.name)}`);
  return {
    field: (field) => texts.get(field) ?? cppName(field.name),
    store: (store) => texts.get(store) ?? store.name,
  };
}

function table(store: Store, names: CppNames): string {
  const isReal = store.element === "f64" || store.element === "f32";
  const values = Array.from(store.values, (value) =>
    literal(value, isReal ? "f64" : typeOf(value)),
  );
  const lines: string[] = [];
  for (let i = 0; i < values.length; i += 16) lines.push(`  ${values.slice(i, i + 16).join(", ")}`);
  const cast = store.element === "f32" ? "(float)" : "";
  const body =
    cast === "" ? lines.join(",\n") : values.map((value) => `${cast}${value}`).join(", ");
  return `CAROM_TABLE(${elementType(store.element)}, ${names.store(store)}) = {\n${body}};`;
}

function typeOf(value: number): CppType {
  return value > 2147483647 ? "u32" : "i32";
}

/** The state of one game: plain on the host; on a GPU arrays stay in the buffer. */
function stateStruct(
  { program, analysis }: Translated,
  names: CppNames,
  target: TargetName,
  checked: boolean,
): string {
  const members = program.fields.map((field) => {
    return `  ${cppType(fieldType(field, analysis))} ${names.field(field)};`;
  });
  for (const store of program.arrays) {
    const type = elementType(store.element);
    const name = names.store(store);
    members.push(target === "host" ? `  ${type} ${name}[${store.length}];` : `  ${type}* ${name};`);
  }
  if (target === "cuda") members.push("  long long stride;");
  if (checked) members.push("  int fault;");
  if (members.length === 0) members.push("  char empty;");
  return `struct CaromGame {\n${members.join("\n")}\n};`;
}

/** The type of a field. */
export function fieldType(field: ScalarField, analysis: Analysis): CppType {
  return typeOfKind(field.kind, analysis.field(field));
}

/** The state that the constructor makes. */
function initialiser({ program, analysis }: Translated, names: CppNames): string {
  const lines = program.fields.map((field) => {
    return `  g.${names.field(field)} = ${literal(field.initial, fieldType(field, analysis))};`;
  });
  for (const store of program.arrays) {
    const isReal = store.element === "f64" || store.element === "f32";
    const place = `g.${names.store(store)}[CAROM_AT(i)]`;
    const first = store.values[0] ?? 0;
    const text = (value: number): string => literal(value, isReal ? "f64" : typeOf(value));
    const all = `CAROM_LOOP for (int i = 0; i < ${store.length}; i++) ${place}`;
    lines.push(`  ${all} = (${elementType(store.element)})${text(first)};`);
    for (let i = 1; i < store.length; i++) {
      if (Object.is(store.values[i], first)) continue;
      const at = `g.${names.store(store)}[CAROM_AT(${i})]`;
      lines.push(`  ${at} = (${elementType(store.element)})${text(store.values[i])};`);
    }
  }
  lines.push("  CAROM_CLEAR_FAULT;");
  return `CAROM_FN void carom_initialise(CaromGame& g) {\n${lines.join("\n")}\n}`;
}

function callsOf({ analysis }: Translated, names: CppNames): Calls {
  return {
    call: (fn, args) => {
      const objects = [...(fn.usesOther ? ["o"] : []), ...(fn.paints ? ["canvas"] : [])];
      const arrays = handedIn(fn).map((store) => names.store(store));
      return `${fn.name}(${["g", ...objects, ...arrays, ...args].join(", ")})`;
    },
    results: (fn) => fn.results.map((kind, i) => typeOfKind(kind, analysis.result(fn, i))),
    resultType: (fn) => `${fn.name}_results`,
  };
}

/** The arrays that a caller passes. */
function handedIn(fn: Fn): readonly Store[] {
  return [...fn.arrays].filter((store) => !fn.locals.has(store));
}

function signature(fn: Fn, { analysis }: Translated, names: CppNames, calls: Calls): string {
  const params = ["CaromGame& g"];
  if (fn.usesOther) params.push("const CaromGame& o");
  if (fn.paints) params.push("CaromCanvas& canvas");
  for (const store of handedIn(fn)) params.push(arrayParameter(store, names));
  for (const param of fn.params) {
    const type = typeOfKind(param.kind, analysis.variable(param));
    params.push(`${param.mutable ? "" : "const "}${cppType(type)} ${param.name}`);
  }
  const types = calls.results(fn);
  const line = `/* ${fn.owner} */\nCAROM_FN ${resultText(fn, types, calls)} ${fn.name}(${params.join(", ")})`;
  if (types.length < 2) return line;
  const members = types.map((type, i) => `${cppType(type)} v${i};`).join(" ");
  return `struct ${calls.resultType(fn)} { ${members} };\n${line}`;
}

function resultText(fn: Fn, types: readonly CppType[], calls: Calls): string {
  if (types.length === 0) return "void";
  return types.length === 1 ? cppType(types[0]) : calls.resultType(fn);
}

function arrayParameter(store: Store, names: CppNames): string {
  const type = elementType(store.element);
  if (store.place === "output") return `const CaromRow<${type}> ${names.store(store)}`;
  return `${store.place === "action" ? "const " : ""}${type}* ${names.store(store)}`;
}

/** The functions that the rest of the text calls, by names that are the same for all games. */
function wrappers(game: Translated, names: CppNames, calls: Calls): string[] {
  const { roots } = game.program;
  const wrapper = (name: string, params: string, fn: Fn | undefined, args: string[]): string => {
    const ignored = "  (void)g;";
    if (!fn) return `CAROM_FN void ${name}(CaromGame& g${params}) {\n${ignored}\n}`;
    const call = calls.call(fn, args.slice(0, fn.params.length));
    return `CAROM_FN void ${name}(CaromGame& g${params}) {\n  ${call};\n}`;
  };
  const step = roots.get("step") as Fn;
  const isScalar = game.spec.actions.kind === "discrete";
  const action = isScalar ? ", int action" : ", const CAROM_ACTION* action";
  const played = calls.call(step, ["action"].slice(0, step.params.length));
  const out = [
    `#define CAROM_HAS_LEGAL ${roots.has("legal") ? 1 : 0}`,
    `#define CAROM_HAS_COPY ${roots.has("copyFrom") ? 1 : 0}`,
    wrapper("carom_game_seed", ", double seed", roots.get("seed"), ["seed"]),
    wrapper("carom_game_reset", "", roots.get("reset"), []),
    `CAROM_FN double carom_game_step(CaromGame& g${action}) {\n  return (double)${played};\n}`,
    wrapper("carom_game_observe", ", const CaromRow<float> observation", roots.get("observe"), [
      "0",
    ]),
    wrapper("carom_game_draw", ", CaromCanvas& canvas", roots.get("draw"), []),
  ];
  if (roots.has("legal")) {
    const mask = ", const CaromRow<unsigned char> mask";
    out.push(wrapper("carom_game_legal", mask, roots.get("legal"), []));
  }
  out.push(...lives(game, names, calls));
  if (roots.has("copyFrom")) {
    out.push(wrapper("carom_game_copy", ", const CaromGame& o", roots.get("copyFrom"), []));
  }
  out.push(...questions(game, names));
  return out;
}

/** How many lives are left: a getter, or a field; nothing for games without. */
function lives({ program }: Translated, names: CppNames, calls: Calls): string[] {
  const getter = program.roots.get("lives");
  const field = program.fields.find(({ name }) => name === "lives");
  const left = getter ? calls.call(getter, []) : field && `g.${names.field(field)}`;
  if (left === undefined) return ["#define CAROM_HAS_LIVES 0"];
  return [
    "#define CAROM_HAS_LIVES 1",
    `CAROM_FN int carom_game_lives(CaromGame& g) {\n  return (int)${left};\n}`,
  ];
}

function questions({ program, analysis }: Translated, names: CppNames): string[] {
  const text = (name: string, test: string): string => {
    return `CAROM_FN bool ${name}(const CaromGame& g) {\n  (void)g;\n  return ${test};\n}`;
  };
  const find = (name: string): ScalarField | undefined =>
    program.fields.find((field) => field.name === name);
  const terminated = find("terminated");
  const player = find("player");
  const one = player && literal(1, fieldType(player, analysis));
  return [
    text("carom_is_terminated", terminated ? `g.${names.field(terminated)}` : "false"),
    text(
      "carom_is_second",
      player ? `CAROM_FOR_TWO && g.${names.field(player)} == ${one}` : "false",
    ),
  ];
}

/** Width and bounds of an action. */
function actionFacts({ actions, observation, players }: GameSpec): string {
  const isDiscrete = actions.kind === "discrete";
  const facts = [
    `#define CAROM_OBSERVATION ${observation.size}`,
    `#define CAROM_FOR_TWO ${players === 2 ? "true" : "false"}`,
    `#define CAROM_ACTION_WIDTH ${isDiscrete ? 0 : actionWidth(actions)}`,
    `#define CAROM_ACTION_CLIPS ${actions.kind === "box" ? 1 : 0}`,
  ];
  if (isDiscrete)
    return [...facts, `#define CAROM_ACTION_COUNT ${actions.names.length}`].join("\n");
  const type = actions.kind === "box" ? "float" : "int";
  for (const [name, values] of Object.entries(actionBounds(actions))) {
    const texts = values.map((value) => `(${type})${literal(value, "f64")}`).join(", ");
    facts.push(`CAROM_TABLE(${type}, carom_action_${name}) = {${texts}};`);
  }
  return facts.join("\n");
}

function actionBounds(actions: ActionSpace): { low: readonly number[]; high: readonly number[] } {
  switch (actions.kind) {
    case "box":
      return { low: actions.low.map(Math.fround), high: actions.high.map(Math.fround) };
    case "multi-discrete":
      return { low: actions.sizes.map(() => 0), high: actions.sizes.map((size) => size - 1) };
    case "multi-binary":
      return { low: Array(actions.size).fill(0), high: Array(actions.size).fill(1) };
    default:
      return { low: [], high: [] };
  }
}
