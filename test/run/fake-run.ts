import type { Config } from '../../src/config/index.js';
import { pipeline, type RunContext, type Stage } from '../../src/core/index.js';

const DIGEST = `sha256:${'ab'.repeat(32)}` as const;

/** A chain as lazy as the real one: the source is read while the last stage sends. */
export function fakeConfig(options: { readonly fail?: Error; readonly plan?: Partial<Config> } = {}): Config {
  const source: Stage<void, () => Generator<number>> = {
    name: 'download',
    plan: async () => ({ reports: [{ stage: 'download', summary: '1 file', bytesIn: 1000 }], output: function* () {} }),
    run: async (_input, context) => () => readAll(context),
  };
  const send: Stage<() => Generator<number>, string> = {
    name: 'push',
    plan: async () => ({
      reports: [{ stage: 'push', summary: 'to nowhere', bytesOut: 1000, warnings: ['a branch moves'] }],
    }),
    run: async (read, context) => {
      context.emit({ type: 'stage.start', stage: 'push', total: null });
      context.emit({ type: 'item.start', stage: 'push', id: 'b1', name: 'blob', total: 1000 });
      for (const done of read()) context.emit({ type: 'item.progress', stage: 'push', id: 'b1', done, total: 1000 });
      if (options.fail !== undefined) throw options.fail;
      context.emit({
        type: 'item.end',
        stage: 'push',
        id: 'b1',
        name: 'blob',
        digest: DIGEST,
        size: 1000,
        durationMs: 5,
      });
      context.emit({ type: 'artifact', reference: 'layout:./out:q8_0', digest: DIGEST, mediaType: 'x/y', size: 1000 });
      context.emit({ type: 'stage.end', stage: 'push', ok: true, summary: '1 artifact', durationMs: 5 });
      return 'sent';
    },
  };
  return { name: 'tiny <model>', pipeline: pipeline(source, send), ...options.plan };
}

function* readAll(context: RunContext): Generator<number> {
  context.emit({ type: 'item.start', stage: 'download', id: 'f', name: 'model.safetensors', total: 1000 });
  for (let done = 100; done <= 1000; done += 100) {
    context.emit({ type: 'item.progress', stage: 'download', id: 'f', done, total: 1000 });
    context.emit({
      type: 'tensor',
      stage: 'download',
      variant: done <= 500 ? 'Q8_0' : 'Q4_K_M',
      name: `blk.${done}.weight`,
      from: 'BF16',
      to: done % 200 === 0 ? 'Q8_0' : 'F32',
      weights: done,
      size: done * 2,
    });
    yield done;
  }
  context.emit({ type: 'item.end', stage: 'download', id: 'f', name: 'model.safetensors', size: 1000, durationMs: 5 });
}
