import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const ARCHITECTURE = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');

/** Rows of a table of ARCHITECTURE.md, below a heading row that begins with `first`: the cells as text. */
function tableOf(first: string): string[][] {
  const lines = ARCHITECTURE.split('\n');
  const start = lines.findIndex((line) => new RegExp(`^\\| ${first} +\\|`).test(line));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** What a house may import, as its row says it. A house may import its own files, and `core`, too. */
const HOUSES: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  tableOf('house').map(([house = '', , list = ''], index, rows) => {
    const names = rows.map(([cell = '']) => nameOf(cell));
    if (list === 'the houses above') return [nameOf(house), names.slice(0, index)];
    if (list === 'everything but testing') return [nameOf(house), names.filter((name) => name !== 'testing')];
    const allowedNames = list.split(',').map((name) => name.trim().replace(/^(\w+) \(types\)$/, '$1:types'));
    return [nameOf(house), allowedNames.filter((name) => name !== '')];
  }),
);

/** Packages of the registry, and the houses that import them. */
const PACKAGES: ReadonlyMap<string, readonly string[]> = new Map(
  tableOf('package').map(([name = '', houses = '']) => [
    name.replaceAll('`', ''),
    houses.split(',').map((house) => house.trim()),
  ]),
);

function nameOf(cell: string): string {
  return cell.replaceAll('`', '').replace(/^src\//, '');
}

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
  /** `import('…')`: loaded when needed, after both modules have been evaluated. */
  readonly lazy: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

/** `src/gguf/gguf-reader.ts` is in `gguf`, `workers/…` in `workers`, `src/index.ts` in the barrel. */
function houseOf(file: string): string {
  const [top, house = '', ...rest] = file.split('/');
  if (top === 'workers') return 'workers';
  return rest.length === 0 ? 'barrel' : house;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found: Import[] = [];
  const pattern =
    /(?:^|\n)\s*(import|export)\s+(type\s+)?([^'";]*?)(?:from\s*)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;
  for (const match of text.matchAll(pattern)) {
    const specifier = match[4] ?? match[5] ?? '';
    const names = (match[3] ?? '').replaceAll(/[{}\n]/g, ' ').trim();
    const onlyTypes =
      match[2] !== undefined || (names !== '' && names.split(',').every((name) => /^\s*(type\s|$)/.test(name)));
    const to = targetOf(file, specifier);
    if (to !== undefined) found.push({ from: file, to, typeOnly: onlyTypes, lazy: match[5] !== undefined });
  }
  return found;
}

function targetOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('#workers/'))
    return `workers/${specifier.slice('#workers/'.length).replace(/\.js$/, '.ts')}`;
  if (!specifier.startsWith('.')) return undefined;
  return relative(ROOT, resolve(ROOT, dirname(file), specifier)).replace(/\.js$/, '.ts');
}

function allowed({ from, to, typeOnly }: Import): boolean {
  const [here, there] = [houseOf(from), houseOf(to)];
  if (here === there || here === 'barrel' || there === 'core') return true;
  const list = HOUSES[here] ?? [];
  return list.includes(there) || (typeOnly && list.includes(`${there}:types`));
}

const files = [...sources('src'), ...sources('workers')];
const imports = files.flatMap(importsOf);

describe('the import table', () => {
  test('every house is in the table', () => {
    const houses = new Set(files.map(houseOf).filter((house) => house !== 'barrel'));
    expect([...houses].filter((house) => !(house in HOUSES))).toEqual([]);
    const rows = Object.keys(HOUSES).filter((house) => house !== 'native');
    expect(rows.filter((house) => !houses.has(house))).toEqual([]);
  });

  test('a package is imported by the houses that the table names; one that it does not name, by one house', () => {
    const seen = new Map<string, Set<string>>();
    for (const file of files) {
      for (const name of packagesOf(file)) seen.set(name, (seen.get(name) ?? new Set()).add(houseOf(file)));
    }
    const strays = [...seen].flatMap(([name, houses]) => {
      const known = PACKAGES.get(name);
      if (known === undefined) return houses.size > 1 ? [`${name}: ${[...houses].join(', ')}`] : [];
      return [...houses].filter((house) => !known.includes(house)).map((house) => `${name}: ${house}`);
    });
    expect(strays).toEqual([]);
    expect([...PACKAGES.keys()].filter((name) => !seen.has(name))).toEqual([]);
  });

  // A name that is met in an error or a stack leads to one file. A command's file is named as its command, a family's as
  // the family wherever a part of it lives, and each house keeps its numbers in `limits.ts`.
  test('a file name stands once in the sources', () => {
    const own = files.filter(
      (file) =>
        file.startsWith('src/') && !/^src\/(cli\/commands|convert\/(architectures|projectors|tokenizers))\//.test(file),
    );
    const places = new Map<string, string[]>();
    for (const file of own) {
      const name = file.split('/').at(-1) ?? file;
      if (name !== 'index.ts' && name !== 'limits.ts') places.set(name, [...(places.get(name) ?? []), file]);
    }
    expect([...places.values()].filter((found) => found.length > 1)).toEqual([]);
  });

  // The context brings a clock, an environment and places; what is here has no context, and says why.
  const AMBIENT: Readonly<Record<string, string>> = {
    'src/core/process-mark.ts': 'a name that no other process takes',
    'src/core/resident-memory.ts': 'how long ago garbage was looked for',
    'src/evaluate/engine/child.ts': 'the environment of a child process',
    'src/files/kept-part.ts': 'the age of a part, by the file system’s clock',
    'src/files/partial-files.ts': 'a name that no other process takes',
    'src/http/stalled.ts': 'how long nothing has come',
    'src/registry/layout/directory-storage.ts': 'the age of unfinished files, by the file system’s clock',
    'src/stages/trust/attest-stage.ts': 'when it was attested',
    'src/stages/trust/keyless-signing.ts': 'which services have ended',
    'src/stages/trust/promote.ts': 'now, for what has expired',
    'src/stages/trust/sign-stage.ts': 'when it was signed',
    'src/stages/trust/verify-reference.ts': 'now, for what has expired',
    'src/trust/verify/identify.ts': 'now, for certificates that have run out, unless it is given',
    'src/core/context.ts': 'the clock that a context has unless it is given one',
    'src/files/store.ts': 'the age of a file, by the file system’s clock',
    'src/gguf/shared-reads.ts': 'how long a reader is waited for',
    'src/http/create-client.ts': 'a date in Retry-After',
    'src/registry/remote/registry-error.ts': 'a date in Retry-After',
    'src/registry/credentials/docker-helper.ts': 'how long a helper’s failure is remembered',
    'src/registry/layout/directory-lock.ts': 'the age of another process’s lock, and its number',
    'src/registry/layout/durable-file.ts': 'a name that no other process takes',
    'src/registry/remote/open-registry.ts': 'the clock that a registry has unless it is given one',
    'src/registry/remote/learnt-sizes.ts': 'the age of a note, by the file system’s clock',
    'src/registry/remote/upload-memory.ts': 'the age of a note, by the file system’s clock',
    'src/registry/remote/upload.ts': 'how long a chunk takes',
    'src/run/run-context.ts': 'where a configuration without a file starts',
    'src/run/stall-watch.ts': 'how long nothing has moved',
    'src/service/service-run.ts': 'when a run was asked for, for the list of runs',
    'src/service/slipway.ts': 'a name that no other run takes',
    'src/run/run.ts': 'the run’s own clock and home unless they are given',
    'src/source/xet-tokens.ts': 'the expiry that a token states as a date',
  };

  test('the process, its environment and the clock are asked for by name only', () => {
    const pattern =
      /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bprocess\.(env|cwd|exit|argv|stdout|stderr|pid|on)\b/;
    const asking = files.filter(
      (file) => file.startsWith('src/') && !/^src\/(cli|testing)\//.test(file) && pattern.test(codeOf(file)),
    );
    expect(asking.filter((file) => !(file in AMBIENT))).toEqual([]);
  });

  test('imports run down the table and nowhere else', () => {
    expect(imports.filter((edge) => !allowed(edge)).map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test('no import cycle between files', () => {
    expect(findCycle(imports.filter((edge) => !edge.lazy))).toEqual([]);
  });

  test('nothing is called utils, helpers or common', () => {
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|misc)(\/|\.ts$)/.test(file))).toEqual([]);
  });

  test('the barrel only re-exports', () => {
    const text = readFileSync(join(ROOT, 'src/index.ts'), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    const rest = text.replaceAll(/export\s+(type\s+)?(?:\{[^}]*\}|\*)\s+from\s+'[^']+';/g, '').trim();
    expect(rest).toBe('');
  });
});

/** The code of a file, without its comments. */
function codeOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

/** Names of the registry's packages that a file imports, as values or as types. */
function packagesOf(file: string): string[] {
  const pattern = /^(?:import|export)[^;]*?from '([^'.#][^']*)';|\bimport\('([^'.#][^']*)'\)/gm;
  return [...codeOf(file).matchAll(pattern)]
    .map(([, named, lazy]) => named ?? lazy ?? '')
    .filter((name) => !name.startsWith('node:') && name !== '')
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    );
}

/** The first cycle found, as a path of files, or nothing. */
function findCycle(edges: readonly Import[]): string[] {
  const next = new Map<string, Import[]>();
  for (const edge of edges) next.set(edge.from, [...(next.get(edge.from) ?? []), edge]);
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    path.push(file);
    for (const edge of next.get(file) ?? []) {
      const cycle = visit(edge.to);
      if (cycle.length > 0) return cycle;
    }
    path.pop();
    done.add(file);
    return [];
  };
  for (const file of next.keys()) {
    const cycle = visit(file);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
