/**
 * Fails when a file imports what scripts/import-table.mjs does not grant it, uses chance or a clock where a run must
 * be repeatable, or is too long. Every message says where the thing belongs.
 *
 *   node scripts/lint-imports.mjs [root]
 *
 * Biome does the rest of linting (biome.json), including the length of TypeScript functions.
 */
import { existsSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { globals, homes, nameLists, native, shared, sizes, units } from "./import-table.mjs";
import { readFunctions, readIncludes } from "./lint/cpp.mjs";
import { declaredPackages, listFiles } from "./lint/files.mjs";
import { readModule } from "./lint/typescript.mjs";

/** @typedef {{ file: string, line: number, message: string, level: "error" | "warning" }} Finding */

const scriptFiles = /\.(ts|tsx|mts|cts|js|mjs|cjs)$/;
const cppFiles = /\.(h|hpp|cpp|cc|cu|cuh)$/;
const testFiles = /(^|\/)test\/|\.(test|e2e|bench)\.[cm]?tsx?$/;

/** All findings of the tree under `root`, in the order of the table. @param {string} root @returns {Finding[]} */
export function lintTree(root) {
  const findings = [];
  const ruledOut = collectNames(root);
  for (const unit of units) {
    const declared = declaredPackages(root, unit.dir);
    for (const file of listFiles(root, unit.dir, scriptFiles)) {
      const text = readFileSync(join(root, file), "utf8");
      findings.push(
        ...lintScript({ unit, file, text, declared, ruledOut }),
        ...lintSize(file, text),
      );
    }
  }
  for (const file of listFiles(root, native.dir, cppFiles)) {
    const text = readFileSync(join(root, file), "utf8");
    findings.push(...lintCpp(root, file, text), ...lintSize(file, text));
  }
  return findings;
}

/** For each name list of the table: the names that may not be imported. */
function collectNames(root) {
  const lists = {};
  for (const [list, { exportedBy, also }] of Object.entries(nameLists)) {
    const names = new Set(also);
    for (const file of listFiles(root, exportedBy, scriptFiles)) {
      if (testFiles.test(file)) continue;
      const { exports } = readModule(readFileSync(join(root, file), "utf8"), file);
      for (const name of exports) names.add(name);
    }
    lists[list] = names;
  }
  return lists;
}

function lintScript({ unit, file, text, declared, ruledOut }) {
  const module = readModule(text, file);
  const inside = file.slice(unit.dir.length + 1);
  const strict = !unit.free && inside.startsWith("src/") && !testFiles.test(inside);
  const findings = [];
  for (const one of module.imports) {
    const message = strict
      ? checkStrict(unit, inside, one, ruledOut)
      : checkLoose(unit, file, one, declared);
    if (message) findings.push({ file, line: one.line, message, level: "error" });
  }
  if (!testFiles.test(inside)) findings.push(...lintGlobals(file, module));
  return findings;
}

function lintGlobals(file, module) {
  const findings = [];
  for (const rule of globals) {
    if (!rule.in.test(file) || rule.only?.test(file)) continue;
    for (const { name, line } of module.globals) {
      if (!rule.match.test(name)) continue;
      const message = `${name} may not be used here. ${rule.sentence}`;
      findings.push({ file, line, message, level: "error" });
    }
  }
  return findings;
}

/** Tests, configuration and free folders: declared packages only, and no path out of the unit. */
function checkLoose(unit, file, { specifier }, declared) {
  if (specifier === null || specifier.startsWith("#")) return null;
  if (specifier.startsWith(".")) return checkInside(unit, file, specifier);
  if (isBuiltin(specifier)) return null;
  const { name } = splitSpecifier(specifier);
  if (name === unit.name || declared.has(name)) return null;
  return `"${specifier}" is not declared in ${unit.dir}/package.json. ${homeOf(specifier)}`.trim();
}

function checkInside(unit, file, specifier) {
  const target = posix.join(posix.dirname(file), specifier);
  if (target.startsWith(`${unit.dir}/`)) return null;
  if (shared.some(({ from, to }) => from.test(file) && to.test(target))) return null;
  const owner = units.find((one) => target === one.dir || target.startsWith(`${one.dir}/`));
  const instead = owner && owner.name !== owner.dir ? ` Import ${owner.name} by its name.` : "";
  return `"${specifier}" leaves ${unit.dir}.${instead}`;
}

/** Sources of a package: what its row of the table grants. Returns the sentence of a violation, or null. */
function checkStrict(unit, inside, one, ruledOut) {
  const { specifier } = one;
  if (specifier === null) {
    const mayLoad =
      unit.node === true ||
      unit.loads?.test(inside) ||
      unit.workspace.some((g) => g.lazy && g.in.test(inside));
    return mayLoad ? null : "An import with a computed name cannot be checked: write the name.";
  }
  if (specifier.startsWith("#")) return null;
  if (specifier.startsWith(".")) return checkRelative(unit, inside, specifier);
  if (isBuiltin(specifier)) {
    return grantsNode(unit.node, inside, specifier) ? null : refuse(unit, specifier);
  }
  const { name, entry } = splitSpecifier(specifier);
  if (name === unit.name) return ownEntry(unit);
  if (!units.some((other) => other.name === name) && !name.startsWith("@carom/")) {
    return unit.external.includes(name) ? null : refuse(unit, specifier);
  }
  const grant = unit.workspace.find((g) => (g.name ?? g) === name);
  if (!grant) return refuse(unit, specifier);
  return checkGrant(unit, inside, one, entry, grant, ruledOut);
}

function checkRelative(unit, inside, specifier) {
  const target = posix.join(posix.dirname(inside), specifier);
  if (target.startsWith("..")) return checkInside(unit, `${unit.dir}/${inside}`, specifier);
  if (!target.startsWith("src/") && target !== "package.json") {
    return `"${specifier}" leaves ${unit.dir}/src. What sources need belongs in src, and tests import sources.`;
  }
  const isEntry = /^src\/index\.(js|ts)$/.test(target);
  return isEntry && inside !== "src/index.ts" ? ownEntry(unit) : null;
}

function ownEntry(unit) {
  return `${unit.name} may not import its own entry: import the file that holds the thing.`;
}

function checkGrant(unit, inside, one, entry, grant, ruledOut) {
  if (typeof grant === "string") return null;
  if (grant.in && !grant.in.test(inside)) return refuse(unit, one.specifier);
  if (grant.lazy && !one.lazy && !one.typeOnly) {
    return `${unit.name} must load "${one.specifier}" lazily (import() or require when it is needed), so that the package also loads in a browser.`;
  }
  if (grant.subpaths && !grant.subpaths.includes(entry)) return refuse(unit, one.specifier);
  if (grant.names && entry === "." && !one.names?.every((name) => grant.names.test(name))) {
    return refuse(unit, one.specifier);
  }
  return grant.not ? checkNames(unit, one, entry, grant.not, ruledOut[grant.not]) : null;
}

function checkNames(unit, one, entry, list, names) {
  const { entries, sentence } = nameLists[list];
  if (entries.test(`/${entry}`)) return `${refuse(unit, one.specifier)} ${sentence}`;
  if (one.names === null) {
    return one.typeOnly ? null : `Name what is imported from "${one.specifier}". ${sentence}`;
  }
  const wrong = one.names.filter((name) => names.has(name));
  if (wrong.length === 0) return null;
  return `${unit.name} may not import ${wrong.join(", ")} from "${one.specifier}". ${sentence}`;
}

function refuse(unit, specifier) {
  return `${unit.name} may not import "${specifier}" (it may import ${unit.may}). ${homeOf(specifier)}`.trim();
}

function homeOf(specifier) {
  return homes.find(([pattern]) => pattern.test(specifier))?.[1] ?? "";
}

function isBuiltin(specifier) {
  return specifier.startsWith("node:") || builtinModules.includes(specifier);
}

function grantsNode(node, inside, specifier) {
  if (typeof node === "boolean") return node;
  const name = specifier.replace(/^node:/, "").split("/")[0];
  const covers = (grant) => {
    if (grant.name === "*") return true;
    return grant.name.startsWith("!") ? grant.name.slice(1) !== name : grant.name === name;
  };
  return node.some((grant) => covers(grant) && (!grant.in || grant.in.test(inside)));
}

/** "@carom/runs/formats" -> { name: "@carom/runs", entry: "formats" }; the root entry is ".". */
function splitSpecifier(specifier) {
  const parts = specifier.split("/");
  const length = specifier.startsWith("@") ? 2 : 1;
  return { name: parts.slice(0, length).join("/"), entry: parts.slice(length).join("/") || "." };
}

function lintCpp(root, file, text) {
  const layer = file.split("/")[1];
  const allowed = native.layers[layer];
  if (!allowed) return [];
  const findings = [];
  for (const { header, quoted, line } of readIncludes(text)) {
    const message =
      header === null
        ? "An include with a computed name cannot be checked: write the name."
        : checkInclude({ root, file, layer, allowed, header, quoted });
    if (message) findings.push({ file, line, message, level: "error" });
  }
  return findings;
}

function checkInclude({ root, file, layer, allowed, header, quoted }) {
  const target = quoted ? layerOf(root, file, header) : null;
  if (target) {
    if (allowed.includes(target)) return null;
    const rule = `native/${layer} may not include "${header}" (it may include ${allowed.join(", ")}).`;
    return `${rule} ${native.homes[target] ?? ""}`.trim();
  }
  const family = native.headers.find(({ match }) => match.test(header));
  const isStandard =
    /^[a-z0-9_]+$/.test(header) ||
    /^(std|string|math|float|limits|assert|errno|time|signal|ctype)\w*\.h$/.test(header);
  if (family ? family.layers.includes(layer) : isStandard) return null;
  const rule = `native/${layer} may not include <${header}> (it may include the C++ standard library, ${allowed.join(", ")}).`;
  return `${rule} ${homeOf(header)}`.trim();
}

/** The folder of native/ that a quoted header lies in: beside the file first, then from native/ down. */
function layerOf(root, file, header) {
  const candidates = [posix.join(posix.dirname(file), header), posix.join(native.dir, header)];
  for (const path of candidates) {
    if (!path.startsWith(`${native.dir}/`)) continue;
    if (existsSync(join(root, path))) return path.split("/")[1];
  }
  return Object.keys(native.layers).find((layer) => header.startsWith(`${layer}/`)) ?? null;
}

function lintSize(file, text) {
  const lines = text.split("\n").length - 1;
  const isTable = text.split("\n", 12).some((line) => line.includes(sizes.optOut));
  const findings = [];
  const advice = `Split it, or say "${sizes.optOut}" in a comment at its top if it is one.`;
  if (!isTable && lines > sizes.warnFile) {
    const level = lines > sizes.maxFile ? "error" : "warning";
    const limit = level === "error" ? sizes.maxFile : sizes.warnFile;
    findings.push({ file, line: 1, message: `${lines} lines (limit ${limit}). ${advice}`, level });
  }
  if (cppFiles.test(file) && !sizes.exempt.test(file)) {
    const limit = sizes.kernels.test(file) ? sizes.maxKernel : sizes.maxFunction;
    for (const one of readFunctions(text)) {
      if (one.lines <= limit) continue;
      const message = `${one.name} has ${one.lines} lines (limit ${limit}): give its steps names of their own.`;
      findings.push({ file, line: one.line, message, level: "error" });
    }
  }
  return findings;
}

function main(root) {
  const findings = lintTree(root);
  for (const { file, line, message, level } of findings) {
    console.log(`${file}:${line}: ${level === "warning" ? "warning: " : ""}${message}`);
  }
  const errors = findings.filter((one) => one.level === "error").length;
  if (errors > 0)
    console.log(`\nimport table and sizes: ${errors} to mend (scripts/import-table.mjs)`);
  return errors > 0 ? 1 : 0;
}

const here = fileURLToPath(import.meta.url);
if (process.argv[1] && resolve(process.argv[1]) === here) {
  process.exitCode = main(process.argv[2] ?? dirname(dirname(here)));
}
