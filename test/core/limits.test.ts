import { describe, expect, test } from 'vitest';
import { resolveLimits } from '../../src/config/index.js';
import { createContext, type Limits } from '../../src/core/index.js';

const GOOD: Limits = { concurrency: 4, threads: 2, memory: 2 ** 25 };

describe('limits', () => {
  test.each<[string, Partial<Limits>]>([
    ['concurrency', { concurrency: 0 }],
    ['concurrency', { concurrency: 1.5 }],
    ['concurrency', { concurrency: 5000 }],
    ['threads', { threads: -1 }],
    ['threads', { threads: Number.NaN }],
    ['memory', { memory: 1000 }],
    ['memory', { memory: Number.POSITIVE_INFINITY }],
  ])('%s is checked wherever it came from: %o', (name, wrong) => {
    expect(() => createContext({ limits: { ...GOOD, ...wrong } })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(`'${name}'`) }) as Error,
    );
  });

  test('good ones pass; a size that cannot be understood is no default', () => {
    expect(createContext({ limits: GOOD }).limits).toEqual(GOOD);
    const limits = resolveLimits({ memory: 'lots' as '1GiB' }, {});
    expect(() => createContext({ limits })).toThrow(/memory/);
    expect(resolveLimits({ memory: '1GiB', threads: 3 }, { PIPELINE_MEMORY: '2GiB' })).toMatchObject({
      memory: 2 ** 31,
      threads: 3,
    });
  });
});
