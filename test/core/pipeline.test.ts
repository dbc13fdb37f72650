import { describe, expect, expectTypeOf, test } from 'vitest';
import { createContext, pipeline, SlipwayError, toSlipwayError, type Stage } from '../../src/core/index.js';

interface Files {
  readonly kind: 'files';
}
interface Package {
  readonly kind: 'package';
}
const download = (): Stage<void, Files> => ({ name: 'download', run: async () => ({ kind: 'files' }) });
const pack = (): Stage<Files, Package> => ({
  name: 'pack',
  plan: async () => ({ reports: [{ stage: 'pack', summary: 'one layer' }], output: { kind: 'package' } }),
  run: async () => ({ kind: 'package' }),
});
const push = (): Stage<Package, string> => ({ name: 'push', run: async (input) => `pushed ${input.kind}` });

describe('pipeline', () => {
  test('feeds each stage with what the one before it returned', async () => {
    expect(await pipeline(download(), pack(), push()).run(undefined, createContext())).toBe('pushed package');
  });

  test('is a stage itself, typed end to end', async () => {
    const inner = pipeline(pack(), push());
    expectTypeOf(inner).toExtend<Stage<Files, string>>();
    const outer = pipeline(download(), inner);
    expectTypeOf(outer.run).returns.resolves.toBeString();
    expect(await outer.run(undefined, createContext())).toBe('pushed package');
  });

  test('takes a plain function for a stage', async () => {
    const shout = (text: string): string => text.toUpperCase();
    expect(await pipeline(download(), pack(), push(), shout).run(undefined, createContext())).toBe('PUSHED PACKAGE');
  });

  test('a wrong order does not compile, at the argument', () => {
    // @ts-expect-error push() needs a package, download() gives files
    pipeline(download(), push());
    // @ts-expect-error pack() needs files, push() gives text
    pipeline(download(), pack(), push(), pack());
    // @ts-expect-error nothing can come before download()
    pipeline(pack(), download());
  });

  test('planning goes on as long as outputs are known, and says what follows', async () => {
    const planned = await pipeline(pack(), push(), (text: string) => text).plan?.({ kind: 'files' }, createContext());
    expect(planned?.reports.map((report) => `${report.stage}: ${report.summary}`)).toEqual([
      'pack: one layer',
      'push: cannot be planned (it has no plan)',
      'function: follows what the stage before it returns',
    ]);
  });

  test('an aborted run starts no further stage', async () => {
    const controller = new AbortController();
    const abort: Stage<void, Files> = {
      name: 'abort',
      run: async () => {
        controller.abort();
        return { kind: 'files' };
      },
    };
    const running = pipeline(abort, pack()).run(undefined, createContext({ signal: controller.signal }));
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('errors', () => {
  test('are recognised across copies of the module', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('slipway.error')]: true });
    expect(SlipwayError.is(foreign)).toBe(true);
    expect(SlipwayError.is(new Error('x'))).toBe(false);
    expect(SlipwayError.is(null)).toBe(false);
  });

  test('unknown things become INTERNAL and keep their cause', () => {
    const cause = new TypeError('bad');
    expect(toSlipwayError(cause)).toMatchObject({ code: 'INTERNAL', cause });
    expect(toSlipwayError(Object.assign(new Error('x'), { name: 'AbortError' })).code).toBe('ABORTED');
  });
});
