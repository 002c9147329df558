/** The files of a tree that the rules look at, as paths relative to its root with forward slashes. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const skipped = /^(node_modules|dist|build(-.*)?|coverage|results|out|\.[^.].*)$/;

/** @param {string} root @param {string} dir @param {RegExp} pattern @returns {string[]} */
export function listFiles(root, dir, pattern) {
  const found = [];
  const visit = (folder) => {
    for (const entry of entries(join(root, folder))) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!skipped.test(entry.name)) visit(path);
      } else if (entry.isFile() && pattern.test(entry.name)) {
        found.push(path);
      }
    }
  };
  visit(dir);
  return found;
}

/** The names that a unit's package.json (or the root's, for a folder without one) declares. */
export function declaredPackages(root, dir) {
  const names = new Set();
  for (const folder of [root, join(root, dir)]) {
    const manifest = readJson(join(folder, "package.json"));
    for (const field of ["dependencies", "devDependencies", "peerDependencies"]) {
      for (const name of Object.keys(manifest[field] ?? {})) names.add(name);
    }
  }
  return names;
}

function entries(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return {};
    throw error;
  }
}
