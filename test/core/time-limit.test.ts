import { afterEach, expect, test } from 'vitest';
import { watchStandstill, withTimeLimit } from '../../src/core/index.js';

const LIMIT = { ms: 5000, code: 'JSON_INVALID', what: "'x'" } as const;

afterEach(() => watchStandstill(undefined));

test('the watch is told before the work and after it, also when the work fails or takes too long', () => {
  const told: string[] = [];
  watchStandstill({ begin: () => told.push('begin'), end: () => told.push('end') });
  withTimeLimit(() => told.push('work'), LIMIT);
  expect(() =>
    withTimeLimit(() => {
      throw new TypeError('no');
    }, LIMIT),
  ).toThrow(TypeError);
  const endless = (): never => {
    for (;;);
  };
  expect(() => withTimeLimit(endless, { ...LIMIT, ms: 5 })).toThrow(
    expect.objectContaining({ code: 'JSON_INVALID' }) as Error,
  );
  expect(told).toEqual(['begin', 'work', 'end', 'begin', 'end', 'begin', 'end']);
});
