/**
 * What a C++ or CUDA file includes, and how long its functions are. It reads text, not syntax: comments and
 * literals are blanked first, and a function is a brace that follows a parameter list outside other functions.
 */

/** @typedef {{ header: string | null, quoted: boolean, line: number }} Include  header is null when computed */

/** @param {string} text @returns {Include[]} */
export function readIncludes(text) {
  const lines = blank(text, { keepStrings: true }).split("\n");
  const found = [];
  for (const [index, line] of lines.entries()) {
    const directive = /^\s*#\s*(?:include|include_next|import)\b\s*(.*)$/.exec(line);
    if (!directive) continue;
    const named = /^(["<])([^">]+)[">]/.exec(directive[1]);
    found.push({
      header: named ? named[2] : null,
      quoted: named?.[1] === '"',
      line: index + 1,
    });
  }
  return found;
}

/** Functions with a body: first line and number of lines, the braces included. @param {string} text */
export function readFunctions(text) {
  const code = withoutDirectives(blank(text, { keepStrings: false }));
  const functions = [];
  const stack = [];
  let head = "";
  let line = 1;
  for (const char of code) {
    if (char === "\n") line++;
    if (char === "{") {
      const inside = stack.some((one) => one.isFunction);
      const isFunction = !inside && opensFunction(head);
      stack.push({ isFunction, line, name: isFunction ? functionName(head) : "" });
      head = "";
    } else if (char === "}") {
      const open = stack.pop();
      if (open?.isFunction) {
        functions.push({ name: open.name, line: open.line, lines: line - open.line + 1 });
      }
      head = "";
    } else if (char === ";") {
      head = "";
    } else {
      head += char;
    }
  }
  return functions;
}

function opensFunction(head) {
  const flat = head.replace(/\s+/g, " ").trim();
  if (/^(namespace|class|struct|union|enum|extern)\b[^(]*$/.test(flat)) return false;
  return /\)\s*(const|noexcept|override|final|mutable|try|&|->[^{]*|:[^:].*)*\s*$/.test(flat);
}

function functionName(head) {
  return /([~\w:]+)\s*\(/.exec(head)?.[1] ?? "function";
}

/** Blanks comments (and the inside of literals), keeping every line break. */
function blank(text, { keepStrings }) {
  const pattern =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|R"([^(\s]*)\([\s\S]*?\)\1"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'/g;
  return text.replace(pattern, (match) => {
    const isComment = match.startsWith("//") || match.startsWith("/*");
    return !isComment && keepStrings ? match : match.replace(/[^\n]/g, " ");
  });
}

/** Blanks preprocessor lines; of #if ... #else ... #endif only the first branch is kept, for balanced braces. */
function withoutDirectives(code) {
  const branches = [];
  let continued = false;
  return code
    .split("\n")
    .map((line) => {
      const wasContinued = continued;
      const directive = /^\s*#\s*(\w+)/.exec(line);
      continued = (wasContinued || directive !== null) && line.endsWith("\\");
      if (directive?.[1].startsWith("if")) branches.push(true);
      else if (directive?.[1].startsWith("el")) branches[branches.length - 1] = false;
      else if (directive?.[1] === "endif") branches.pop();
      return directive || wasContinued || branches.includes(false) ? "" : line;
    })
    .join("\n");
}
