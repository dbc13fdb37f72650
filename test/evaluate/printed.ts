import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Engine, Metric } from '../../src/evaluate/index.js';

/** Numbers as llama-perplexity printed them; an uncertainty stands under the name with a sign behind it. */
export type Printed = Readonly<Record<string, string>>;

/** Numbers of llama-perplexity and llama-imatrix 0.5.0 (0ad4a86) with one CPU plug-in: test/oracle/evaluate.sh. */
export const GOLDEN = JSON.parse(
  await readFile(join(import.meta.dirname, '..', 'fixtures', 'golden', 'evaluate.json'), 'utf8'),
) as {
  readonly plugin: string;
  readonly perplexity: Readonly<Record<'glass' | 'moe' | 'smollm2', Readonly<Record<string, Printed>>>>;
  readonly imatrix: Readonly<Record<string, string>>;
  readonly statistics: readonly (readonly string[])[];
};

/** Whether this is the library, and the CPU plug-in, that the numbers were made with: then they are the same digits. */
export function isOracle({ facts }: Engine): boolean {
  return facts.cpuPlugin === GOLDEN.plugin && facts.ggmlVersion === '0.25.1';
}

/** Compares digit by digit what the oracle's library gives; other libraries within what was seen between plug-ins. */
export function expectPrinted(metrics: readonly Metric[], printed: Printed, exact: boolean): void {
  const found = new Map(
    metrics.flatMap(({ name, value, uncertainty }) => [[name, value] as const, [`${name} ±`, uncertainty] as const]),
  );
  for (const [name, text] of Object.entries(printed)) {
    const value = found.get(name);
    if (value === undefined) expect.fail(`there is no ${name}`);
    if (exact) expect(value.toFixed(text.split('.')[1]!.length), name).toBe(text);
    else expectNear(name, value, Number(text));
  }
}

function expectNear(name: string, value: number, expected: number): void {
  if (name === 'ppl' || name === 'ppl.base') expect(value / expected, name).toBeCloseTo(1, 3);
  if (name === 'kld.mean' || name === 'kld.median') expect(Math.abs(value - expected), name).toBeLessThan(1e-3);
  if (name === 'top.same') expect(Math.abs(value - expected), name).toBeLessThan(0.6);
}
