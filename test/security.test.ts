import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const SCRIPTS = Object.keys(
  (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts,
);

/** Rows of the table of threats: what is threatened, what is done, what holds it. */
const rows = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (Threat|-)/.test(line))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );

describe('every row of the threat model', () => {
  test('is there', () => {
    expect(rows.length).toBeGreaterThan(15);
    expect(rows.every((cells) => cells.length === 3 && cells.every((cell) => cell !== ''))).toBe(true);
  });

  test.each(rows)('%s', (_threat, _defence, held) => {
    const names = [...held.matchAll(/`([^`]+)`(?: \(([^)]+)\))?/g)];
    expect(names.length).toBeGreaterThan(0);
    for (const [, name = '', title] of names) {
      if (name.startsWith('npm run ')) {
        expect(SCRIPTS).toContain(name.slice('npm run '.length));
        continue;
      }
      const path = join(ROOT, name);
      expect(existsSync(path), `${name} is not there`).toBe(true);
      const text = readFileSync(path, 'utf8');
      expect(text).toMatch(/\b(test|it)(\.\w+)*\(/);
      for (const part of title?.split('; ') ?? []) expect(text, `${name} has no test '${part}'`).toContain(part);
    }
  });
});

// Every number that bounds what a stranger may ask for is met from below and from above by a test that says so.
describe('every number of a file of limits', () => {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('limits.ts'))
    .sort();
  const numbers = files.flatMap((name) => {
    const text = readFileSync(join(ROOT, 'src', name), 'utf8');
    const constants = [...text.matchAll(/^(?:export )?const ([A-Z_]+)(?::[^=]+)? = [\d(]/gm)].map(([, id]) => id);
    const fields = [...text.matchAll(/^ {2}([a-zA-Z]+): [\d[][^,]*/gm)].map(([, id]) => id);
    return [...constants, ...fields].map((id) => `${name.replace(/\/limits\.ts$/, '')}.${id}`);
  });
  const said = readFileSync(join(ROOT, 'test', 'limits.test.ts'), 'utf8');

  test('is found', () => {
    expect(files).toContain('gguf/limits.ts');
    expect(numbers).toContain('gguf.tensors');
    expect(numbers).toContain('core.memory');
    expect(numbers).toContain('convert/tokenizers.TOKEN_LIMIT');
  });

  test.each(numbers)('%s is met from below and from above', (number) => {
    // The whole file would be shown.
    expect(said.includes(`['${number}'`)).toBe(true);
  });
});
