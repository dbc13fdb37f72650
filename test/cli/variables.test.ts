import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { VARIABLES } from '../../src/cli/facts/variables.js';

const SOURCES = resolve(import.meta.dirname, '../../src');
/** Variables that belong to this program or to those that it works with; a terminal's and a shell's are no settings of it. */
const SETTING =
  /env(?:ironment)?\??\.?\[?'?((?:PIPELINE|HF|HUGGING_FACE|HUGGINGFACE|TRANSFORMERS|COSIGN|SIGSTORE|ACTIONS|GITHUB|XDG|SSL|NODE|SLIPWAY_LLAMA)_[A-Z_]+)/g;

test('pipeline env lists every variable that the sources read', async () => {
  const files = (await readdir(SOURCES, { recursive: true })).filter((path) => path.endsWith('.ts'));
  const read = new Set<string>();
  for (const path of files) {
    const text = await readFile(join(SOURCES, path), 'utf8');
    for (const [, name = ''] of text.matchAll(SETTING)) read.add(name);
  }
  const listed = new Set(VARIABLES.map(({ name }) => name));
  expect(read.size).toBeGreaterThan(25);
  expect([...read].filter((name) => !listed.has(name))).toEqual([]);
});
