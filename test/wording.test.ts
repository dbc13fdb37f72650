import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

async function sourceLines(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /\.(?:ts|c|cpp|h)$/.test(entry.name));
  const lines = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    const text = await readFile(path, 'utf8');
    return text.split('\n').map((line, index) => `${relative(root, path)}:${index + 1}: ${line.trim()}`);
  });
  return (await Promise.all(lines)).flat();
}

// A sentence names the thing that acts: "Retries are reported under this stage", "no account may move this tag".
test('sentences of the sources name what acts', async () => {
  const lines = (await Promise.all(['src', 'workers', 'native'].map(sourceLines))).flat();
  expect(lines.length).toBeGreaterThan(50_000);
  expect(lines.filter((line) => /\b(?:nobody|somebody|anybody|whoever)\b/i.test(line))).toEqual([]);
});

test('functions have names that can be searched for', async () => {
  const lines = (await Promise.all(['src', 'workers'].map(sourceLines))).flat();
  const unsearchable = /\bfunction\*? (?:one|given|odd|told|tell|left)\b/;
  expect(lines.filter((line) => unsearchable.test(line))).toEqual([]);
});
