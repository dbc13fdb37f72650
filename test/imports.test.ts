import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

// The import table of ARCHITECTURE.md. A house may import its own files, those listed here, and what everyone may.
const HOUSES: Readonly<Record<string, readonly string[]>> = {
  core: [],
  files: ['workers'],
  http: ['files'],
  source: ['files', 'http', 'registry'],
  safetensors: ['files'],
  gguf: ['files'],
  quantize: ['files', 'gguf', 'workers'],
  convert: ['files', 'safetensors', 'gguf', 'quantize'],
  package: ['files', 'gguf', 'registry:types'],
  registry: ['files', 'http'],
  trust: ['files', 'registry'],
  harbor: ['http'],
  evaluate: ['files', 'gguf', 'quantize'],
  deploy: ['files', 'gguf', 'quantize', 'package', 'registry:types'],
  stages: [
    'files',
    'http',
    'source',
    'safetensors',
    'gguf',
    'quantize',
    'convert',
    'package',
    'registry',
    'trust',
    'harbor',
    'evaluate',
    'deploy',
  ],
  config: ['stages'],
  run: ['files', 'stages', 'config'],
  scale: ['files', 'registry', 'stages', 'run'],
  testing: ['files', 'safetensors', 'registry:types'],
  cli: [
    'files',
    'http',
    'source',
    'safetensors',
    'gguf',
    'quantize',
    'convert',
    'package',
    'registry',
    'trust',
    'harbor',
    'evaluate',
    'deploy',
    'stages',
    'config',
    'run',
    'scale',
  ],
  workers: [],
};

const ROOT = resolve(import.meta.dirname, '..');

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

/** `src/gguf/reader.ts` is in `gguf`, `workers/…` in `workers`, `src/index.ts` in the barrel. */
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
    const rest = text.replaceAll(/export\s+(type\s+)?\{[^}]*\}\s+from\s+'[^']+';/g, '').trim();
    expect(rest).toBe('');
  });
});

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
