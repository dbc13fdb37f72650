import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { credentialLookup, resolveLimits } from '../../src/config/index.js';
import { parseSize } from '../../src/core/index.js';
import { editDistance, nearest } from '../../src/core/nearest.js';

test('sizes are decimal or binary, and nothing else', () => {
  const cases: [string | number, number | undefined][] = [
    ['4GiB', 4 * 1024 ** 3],
    ['1.5GB', 1_500_000_000],
    ['500 MB', 500_000_000],
    ['12', 12],
    ['800K', 800_000],
    ['500M', 500_000_000],
    ['2g', 2_000_000_000],
    [1024, 1024],
    ['4Gib', undefined],
    ['-1MB', undefined],
    ['0', undefined],
    [0, undefined],
    [1.5, undefined],
    ['99999999999TiB', undefined],
    ['', undefined],
  ];
  for (const [text, bytes] of cases) expect([text, parseSize(text)]).toEqual([text, bytes]);
});

describe('nearest', () => {
  test.each([
    ['Q4_KM', 'Q4_K_M'],
    ['q4_k_m', 'Q4_K_M'],
    ['plainhttp', 'plainHttp'],
    ['memroy', 'memory'],
    ['zzz', undefined],
  ])('%s → %s', (word, expected) => {
    expect(nearest(word, ['Q4_K_M', 'Q8_0', 'plainHttp', 'memory'])).toBe(expected);
  });

  test('the distance is symmetric and at most the longer word', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance === 0).toBe(a === b);
      }),
    );
  });
});

test('variables win over the configuration, and nonsense in them is refused', () => {
  expect(resolveLimits({ memory: '1GiB', threads: 2, concurrency: 8 }, {})).toEqual({
    memory: 1024 ** 3,
    threads: 2,
    concurrency: 8,
  });
  expect(resolveLimits({ memory: '1GiB' }, { PIPELINE_MEMORY: '2GiB', PIPELINE_THREADS: '3' })).toMatchObject({
    memory: 2 * 1024 ** 3,
    threads: 3,
  });
  expect(() => resolveLimits({}, { PIPELINE_MEMORY: 'much' })).toThrow(/PIPELINE_MEMORY/);
  expect(() => resolveLimits({}, { PIPELINE_CONCURRENCY: '0' })).toThrow(/PIPELINE_CONCURRENCY/);
});

test('credentials are read where they are referred to, when they are asked for', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-secret-'));
  await writeFile(join(directory, 'token'), 'from-file\n');
  const lookup = credentialLookup(
    {
      'Harbor.example.com:8443': { username: { env: 'USER_NAME' }, password: { env: 'PASS' } },
      'huggingface.co': { token: { file: 'token' } },
      'missing.example.com': { username: 'me', password: { env: 'UNSET' } },
    },
    { USER_NAME: 'robot$models+ci', PASS: 'geheim' },
    directory,
  );
  expect(await lookup?.('harbor.example.com:8443')).toMatchObject({
    kind: 'basic',
    username: 'robot$models+ci',
    password: 'geheim',
  });
  expect(await lookup?.('harbor.example.com')).toBeUndefined();
  expect(await lookup?.('huggingface.co')).toMatchObject({ kind: 'token', token: 'from-file' });
  await expect(lookup?.('missing.example.com')).rejects.toThrow(/UNSET, which is not set/);
  await rm(directory, { recursive: true });
});
