import { z } from 'zod';
import type { Stage } from '../../src/core/index.js';
import { schemaRow, type StageRow } from '../../src/config/stage-row.js';

function fake(name: string, options: object): Stage<never, unknown> {
  return { name, run: async (input: unknown) => ({ name, options, input }) };
}

/** Stages with the shape of the real ones, so that documents can be tested without what they build. */
export const FAKE_ROWS: readonly StageRow[] = [
  schemaRow(
    'download',
    { takes: ['nothing'], gives: 'files' },
    z.strictObject({ from: z.string(), revision: z.string().optional() }),
    (options) => fake('download', options),
  ),
  schemaRow(
    'convert',
    { takes: ['files'], gives: 'a GGUF' },
    z.strictObject({
      outtype: z.enum(['auto', 'f32', 'f16']).optional(),
      quantize: z.union([z.string(), z.array(z.enum(['Q4_0', 'Q4_K_S', 'Q4_K_M', 'Q8_0']))]).optional(),
    }),
    (options) => fake('convert', options),
  ),
  schemaRow('pack', { takes: ['files', 'a GGUF'], gives: 'a packed model' }, z.strictObject({}), (options) =>
    fake('pack', options),
  ),
  schemaRow(
    'push',
    { takes: ['a packed model'], gives: 'references' },
    z.strictObject({ to: z.string(), overwrite: z.boolean().optional() }),
    (options) => fake('push', options),
  ),
];
