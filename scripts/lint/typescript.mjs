/**
 * What a TypeScript or JavaScript file imports, exports and takes from the language, read off its syntax tree.
 * No rule is decided here: see lint-imports.mjs. Types and values of other files are never looked at.
 */
import ts from "typescript";

/**
 * @typedef {object} Import
 * @property {string | null} specifier  null when the name is computed
 * @property {string[] | null} names    imported names; null for a whole module (namespace, side effect, import())
 * @property {boolean} typeOnly         erased by the compiler
 * @property {boolean} lazy             loaded when the code runs: import(), require(), getBuiltinModule()
 * @property {number} line
 */

/** @typedef {{ imports: Import[], globals: { name: string, line: number }[], exports: Set<string> }} Module */

/** @param {string} text @param {string} fileName @returns {Module} */
export function readModule(text, fileName) {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.ESNext, true);
  const module = { imports: [], globals: [], exports: new Set() };
  const loaders = new Set(["require"]);
  const line = (node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
  const context = { module, loaders, line, source };
  const visit = (node) => {
    readStaticImport(node, context);
    readCall(node, context);
    readGlobal(node, context);
    readExport(node, context);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return module;
}

function readStaticImport(node, { module, line }) {
  const add = (specifier, names, typeOnly) =>
    module.imports.push({ specifier, names, typeOnly, lazy: false, line: line(node) });
  if (ts.isImportDeclaration(node)) {
    const clause = node.importClause;
    const { names, typeOnly } = clauseNames(clause);
    add(node.moduleSpecifier.text, names, typeOnly);
  } else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    const clause = node.exportClause;
    const named = clause && ts.isNamedExports(clause) ? clause.elements : null;
    const names = named?.map((one) => (one.propertyName ?? one.name).text) ?? null;
    const typeOnly = node.isTypeOnly || (named?.every((one) => one.isTypeOnly) ?? false);
    add(node.moduleSpecifier.text, names, typeOnly);
  } else if (
    ts.isImportEqualsDeclaration(node) &&
    ts.isExternalModuleReference(node.moduleReference)
  ) {
    add(node.moduleReference.expression.text, null, node.isTypeOnly);
  } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    const first = node.qualifier && firstName(node.qualifier);
    add(node.argument.literal.text, first ? [first] : null, true);
  }
}

function clauseNames(clause) {
  if (!clause) return { names: null, typeOnly: false };
  const bindings = clause.namedBindings;
  if (bindings && ts.isNamespaceImport(bindings)) {
    return { names: null, typeOnly: clause.isTypeOnly };
  }
  const elements = bindings ? [...bindings.elements] : [];
  const names = elements.map((one) => (one.propertyName ?? one.name).text);
  if (clause.name) names.push("default");
  const eachIsType = !clause.name && elements.length > 0 && elements.every((one) => one.isTypeOnly);
  return { names, typeOnly: clause.isTypeOnly || eachIsType };
}

function firstName(qualifier) {
  return ts.isIdentifier(qualifier) ? qualifier.text : firstName(qualifier.left);
}

/** import("x"), require("x"), createRequire(...)("x"), process.getBuiltinModule("x"), import.meta.resolve("x"). */
function readCall(node, { module, loaders, line }) {
  if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer) {
    if (isCreateRequire(node.initializer)) loaders.add(node.name.text);
  }
  if (!ts.isCallExpression(node) || !isLoader(node.expression, loaders)) return;
  const argument = node.arguments[0];
  const literal = argument && ts.isStringLiteralLike(argument) ? argument.text : null;
  module.imports.push({
    specifier: literal,
    names: null,
    typeOnly: false,
    lazy: true,
    line: line(node),
  });
}

function isLoader(callee, loaders) {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  if (ts.isIdentifier(callee)) return loaders.has(callee.text);
  if (isCreateRequire(callee)) return true;
  if (!ts.isPropertyAccessExpression(callee)) return false;
  if (callee.name.text === "getBuiltinModule") return true;
  if (callee.name.text !== "resolve") return false;
  const owner = callee.expression;
  return ts.isMetaProperty(owner) || (ts.isIdentifier(owner) && loaders.has(owner.text));
}

function isCreateRequire(node) {
  if (!ts.isCallExpression(node)) return false;
  const callee = node.expression;
  const name = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
  return ts.isIdentifier(name) && name.text === "createRequire";
}

/** Math.random, Math["random"], const { random } = Math, new Date(), x ** y (as Math.pow). */
function readGlobal(node, { module, line }) {
  const add = (name) => module.globals.push({ name, line: line(node) });
  if (ts.isPropertyAccessExpression(node)) {
    const owner = globalOwner(node.expression);
    if (owner) add(`${owner}.${node.name.text}`);
  } else if (ts.isElementAccessExpression(node)) {
    const owner = globalOwner(node.expression);
    if (owner && ts.isStringLiteralLike(node.argumentExpression)) {
      add(`${owner}.${node.argumentExpression.text}`);
    }
  } else if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name)) {
    const owner = node.initializer && globalOwner(node.initializer);
    if (!owner) return;
    for (const one of node.name.elements)
      add(`${owner}.${(one.propertyName ?? one.name).getText()}`);
  } else if (ts.isNewExpression(node) || ts.isCallExpression(node)) {
    const isDate = ts.isIdentifier(node.expression) && node.expression.text === "Date";
    if (isDate && !(node.arguments?.length > 0)) add("new Date");
  } else if (
    ts.isBinaryExpression(node) &&
    (node.operatorToken.kind === ts.SyntaxKind.AsteriskAsteriskToken ||
      node.operatorToken.kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken)
  ) {
    if (!isNumber(node.left) || !isNumber(node.right)) add("Math.pow");
  }
}

/** "Math" for Math and globalThis.Math; null for what is no plain global. */
function globalOwner(node) {
  if (ts.isIdentifier(node)) return node.text;
  const isGlobalThis =
    ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === "globalThis";
  return isGlobalThis ? node.name.text : null;
}

function isNumber(node) {
  return (
    ts.isNumericLiteral(node) ||
    (ts.isPrefixUnaryExpression(node) && ts.isNumericLiteral(node.operand))
  );
}

/** Names of exported values (types are not listed: naming a type imports nothing). */
function readExport(node, { module }) {
  if (ts.isExportDeclaration(node) && !node.isTypeOnly && node.exportClause) {
    if (!ts.isNamedExports(node.exportClause)) return;
    for (const one of node.exportClause.elements) {
      if (!one.isTypeOnly) module.exports.add(one.name.text);
    }
    return;
  }
  const exported = ts.canHaveModifiers(node)
    ? ts.getModifiers(node)?.some((one) => one.kind === ts.SyntaxKind.ExportKeyword)
    : false;
  if (!exported) return;
  if (ts.isVariableStatement(node)) {
    for (const one of node.declarationList.declarations) {
      if (ts.isIdentifier(one.name)) module.exports.add(one.name.text);
    }
  } else if ((ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) && node.name) {
    module.exports.add(node.name.text);
  }
}
