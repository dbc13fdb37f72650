// The public surface as one file: everything that src/index.ts and src/testing/index.ts export, with every declaration
// that it names. `npm run api` writes test/golden/api.d.ts, and src/types.ts, which exports the types that public signatures
// name and no entry lists; the test compares both. A change of them is a change of the API.
import { writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../..');
const DECLARED = join(ROOT, 'dist/src');
const OWN = [DECLARED, join(ROOT, 'dist/workers')];
const ENTRIES = ['index.d.ts', 'testing/index.d.ts'];

/** The texts of api.d.ts and types.ts, and the types that cannot be exported because their own file does not. */
export function publicSurface() {
  const entries = ENTRIES.map((name) => join(DECLARED, name));
  const program = ts.createProgram([...entries, join(DECLARED, 'types.d.ts')], {
    module: ts.ModuleKind.NodeNext,
    skipLibCheck: true,
    types: ['node'],
  });
  const checker = program.getTypeChecker();
  const resolved = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  const own = (symbol) =>
    symbol.declarations?.some((node) => OWN.some((folder) => node.getSourceFile().fileName.startsWith(folder))) ===
    true;
  const exported = new Map();
  const generated = program.getSourceFile(join(DECLARED, 'types.d.ts'));
  const listed = generated === undefined ? undefined : checker.getSymbolAtLocation(generated);
  const inTypes = new Set(listed === undefined ? [] : checker.getExportsOfModule(listed).map(resolved));
  const parts = entries.map((entry, index) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry));
    const symbols = checker.getExportsOfModule(module).map((symbol) => [symbol.name, resolved(symbol)]);
    const explicit = symbols.filter(([, symbol]) => !inTypes.has(symbol));
    for (const [name, symbol] of explicit) exported.set(symbol, name);
    return [index === 0 ? 'slipway' : 'slipway/testing', explicit];
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
    text: `// Made by \`npm run api\`: do not edit.\n\n${sections.join('\n\n')}\n\n// ---- named above\n\n${rest}\n`,
    types: typesFile(named, new Set(exported.values())),
    local: named.filter(([, symbol]) => !isExported(symbol)).map(([name]) => name),
  };
}

/** What src/types.ts is to be: the types named by public signatures, by file; a name that is taken gets its house in front. */
function typesFile(named, taken) {
  const byFile = new Map();
  const used = new Set(taken);
  for (const [name, symbol] of named) {
    if (!isExported(symbol)) continue;
    const file = origin(symbol.declarations[0])
      .replace(/^\/\/ /, './')
      .replace('./../', '../')
      .replace(/\.ts$/, '.js');
    const house = file.split('/')[1];
    const free = used.has(name) ? `${house[0].toUpperCase()}${house.slice(1)}${name}` : name;
    used.add(free);
    byFile.set(file, [...(byFile.get(file) ?? []), free === name ? name : `${name} as ${free}`]);
  }
  const lines = [...byFile].toSorted(byName).map(([file, names]) => exportLine(file, names));
  return `// Made by \`npm run api\`: do not edit. Types that public signatures name.\n${lines.join('\n')}\n`;
}

function exportLine(file, names) {
  const line = `export type { ${names.join(', ')} } from '${file}';`;
  return line.length <= 120 ? line : `export type {\n  ${names.join(',\n  ')},\n} from '${file}';`;
}

function isExported(symbol) {
  const [node] = symbol.declarations;
  const { modifiers } = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
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
  const { text, types, local } = publicSurface();
  writeFileSync(join(import.meta.dirname, 'api.d.ts'), text);
  writeFileSync(join(ROOT, 'src/types.ts'), types);
  console.log(local.length === 0 ? 'written' : `not exported by their own file: ${local.join(', ')}`);
}
