import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { COMMANDS } from '../src/cli/program/command-list.js';
import { loadConfig } from '../src/config/index.js';
import { supportedArchitectures } from '../src/convert/index.js';
import * as api from '../src/index.js';

const ROOT = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const README = read('README.md');
const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];
const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;

test('the configuration of the first screen has 12 lines and loads', async () => {
  const text = /```ts\n(\/\/ pipeline\.config\.ts\n[\s\S]*?)```/.exec(README)?.[1] ?? '';
  expect(README.indexOf(text)).toBeLessThan(2000);
  expect(text.trimEnd().split('\n')).toHaveLength(12);
  // Below the project, where its own name leads to it.
  const folder = join(ROOT, '.cache', 'readme');
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(join(folder, 'pipeline.config.ts'), text);
    const { config } = await loadConfig('pipeline.config.ts', { directory: folder, env: {}, mode: 'plan' });
    expect(config.pipeline.name).toBe('download → convert → pack → push');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the functions that it names are exported', () => {
  const list = /exported too: ([\s\S]*?)\. `slipway\/testing`/.exec(README)?.[1] ?? '';
  const names = [...list.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? '');
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !(name in api))).toEqual([]);
});

test('the number of architectures is right', () => {
  const names = new Set(supportedArchitectures().map(({ name }) => name));
  expect(README).toContain(`: ${names.size} names`);
});

test.each(DOCUMENTS)('%s: commands, scripts and links lead somewhere', (path) => {
  const text = read(path);
  const commands = [...text.matchAll(/(?:^|`|npx )pipeline ([a-z]+)\b/gm)].map(([, name]) => name ?? '');
  const known = new Set(['help', ...COMMANDS.map(({ name }) => name)]);
  expect(commands.filter((name) => !known.has(name))).toEqual([]);
  const named = [...text.matchAll(/npm (?:run )?(test|quickstart|check|build|chaos|bench:[\w-]+)\b/g)];
  expect(named.map(([, name]) => name ?? '').filter((name) => scripts[name] === undefined)).toEqual([]);
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link ?? '');
  expect(links.filter((link) => !existsSync(join(ROOT, dirname(path), link)))).toEqual([]);
});
