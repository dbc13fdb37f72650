// The public surface as one file: everything that src/index.ts and src/testing/index.ts export, with every declaration
// that it names. `npm run api` writes test/golden/api.d.ts; the test compares. A change of it is a change of the API.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../..');
const DECLARED = join(ROOT, 'dist/src');
const ENTRIES = ['index.d.ts', 'testing/index.d.ts'];

/** The text of api.d.ts, and the names that it uses and does not export. */
export function publicSurface() {
  const entries = ENTRIES.map((name) => join(DECLARED, name));
  const program = ts.createProgram(entries, { module: ts.ModuleKind.NodeNext, skipLibCheck: true, types: ['node'] });
  const checker = program.getTypeChecker();
  const resolved = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  const own = (symbol) =>
    symbol.declarations?.some((node) => node.getSourceFile().fileName.startsWith(DECLARED)) === true;
  const exported = new Map();
  const parts = entries.map((entry, index) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry));
    const symbols = checker.getExportsOfModule(module).map((symbol) => [symbol.name, resolved(symbol)]);
    for (const [name, symbol] of symbols) exported.set(symbol, name);
    return [index === 0 ? 'slipway' : 'slipway/testing', symbols];
  });
  const hidden = new Map();
  const queue = [...exported.keys()];
  for (const symbol of queue) {
    for (const node of symbol.declarations ?? []) {
      const visit = (inner) => {
        if (ts.isIdentifier(inner)) {
          const found = checker.getSymbolAtLocation(inner);
          const target = found === undefined ? undefined : resolved(found);
          if (target !== undefined && isTop(target) && own(target) && !exported.has(target) && !hidden.has(target)) {
            hidden.set(target, target.name);
            queue.push(target);
          }
        }
        if (!isPrivate(inner)) ts.forEachChild(inner, visit);
      };
      visit(node);
    }
  }
  const text = (name, symbol) =>
    (symbol.declarations ?? []).map((node) => `${origin(node)}\n${declaration(node, name)}`).join('\n');
  const sections = parts.map(([title, symbols]) =>
    [`// ---- ${title}`, ...symbols.toSorted(byName).map(([name, symbol]) => text(name, symbol))].join('\n\n'),
  );
  const named = [...hidden].map(([symbol, name]) => [name, symbol]).toSorted(byName);
  const rest = named.map(([name, symbol]) => text(name, symbol)).join('\n\n');
  return {
    text: `// Made by \`npm run api\`: do not edit.\n\n${sections.join('\n\n')}\n\n// ---- named above, and not exported\n\n${rest}\n`,
    hidden: named.map(([name]) => name),
  };
}

const byName = ([a], [b]) => (a < b ? -1 : a > b ? 1 : 0);

/** Declared at the top of a file: not a member, a parameter or a type parameter. */
function isTop(symbol) {
  const [node] = symbol.declarations ?? [];
  if (node === undefined) return false;
  const at = ts.isVariableDeclaration(node) ? node.parent.parent.parent : node.parent;
  return at !== undefined && ts.isSourceFile(at);
}

function isPrivate(node) {
  return (
    ts.isPrivateIdentifier(node) || (node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) ?? false)
  );
}

const origin = (node) => `// ${relative(DECLARED, node.getSourceFile().fileName).replace(/\.d\.ts$/, '.ts')}`;

/** A declaration as it was written, under the name that it is exported by. */
function declaration(node, name) {
  const whole = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  const text = whole.getText();
  const own = node.name?.getText();
  return own === undefined || own === name ? text : `${text}\n// exported as ${name}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = join(import.meta.dirname, 'api.d.ts');
  const { text, hidden } = publicSurface();
  const before = (() => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  })();
  writeFileSync(path, text);
  console.log(`${before === text ? 'unchanged' : 'written'}; named and not exported: ${hidden.length}`);
}
