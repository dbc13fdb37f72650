import { z } from 'zod';
import { convert, download, pack, push, quantize, save } from '../stages/index.js';
import { stageRow, type StageRow } from './stage-row.js';

const text = z.string().min(1).max(4096).describe('text');
const texts = z.array(text).min(1).describe('a list of text');
const oneOrMore = z.union([text, texts]).describe('text, or a list of text');
const fallback = z.enum(['error', 'allow']);
const kernel = z.enum(['auto', 'wasm', 'js', 'native']);
const flag = z.boolean().describe('true or false');

/** What llama-quantize's own flags choose; the same for convert and quantize. */
const MIX = {
  imatrix: text.optional(),
  fallback: fallback.optional(),
  kernel: kernel.optional(),
  pure: flag.optional(),
  leaveOutputTensor: flag.optional(),
  outputTensorType: text.optional(),
  tokenEmbeddingType: text.optional(),
  allowRequantize: flag.optional(),
};

/** Drops keys that were not given: the constructors tell `undefined` from absent. */
function given<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

/** Every stage that a YAML or JSON configuration can name: one row each. */
export const STAGE_ROWS: readonly StageRow[] = [
  stageRow(
    'download',
    { takes: ['nothing'], gives: 'files' },
    z.strictObject({
      from: text.describe('hf://org/name[@revision], ./directory, oci://host/repository:tag or layout:./dir:tag'),
      revision: text.optional(),
      include: texts.optional(),
      exclude: texts.optional(),
      verify: z.enum(['full', 'transport']).optional(),
    }),
    ({ from, ...options }) => download(from, given(options)),
  ),
  stageRow(
    'convert',
    { takes: ['files'], gives: 'a GGUF' },
    z.strictObject({
      outtype: z.enum(['auto', 'f32', 'f16', 'bf16', 'q8_0', 'tq1_0', 'tq2_0']).optional(),
      quantize: oneOrMore.optional(),
      modelName: text.optional(),
      pre: text.optional(),
      ...MIX,
    }),
    (options) => convert(given(options)),
  ),
  stageRow(
    'quantize',
    { takes: ['files', 'a GGUF'], gives: 'a GGUF' },
    z.strictObject({ types: oneOrMore, ...MIX }),
    (options) => quantize(given(options)),
  ),
  stageRow(
    'pack',
    { takes: ['files', 'a GGUF'], gives: 'a packed model' },
    z.strictObject({
      formats: texts.optional(),
      annotations: z.record(text, z.string().max(65_536)).optional(),
      name: text.optional(),
    }),
    (options) => pack(given(options)),
  ),
  stageRow(
    'push',
    { takes: ['a packed model'], gives: 'references' },
    z.strictObject({
      to: text.describe('host/repository, or layout:./directory'),
      tags: texts.optional(),
      overwrite: flag.optional(),
    }),
    ({ to, ...options }) => push(to, given(options)),
  ),
  stageRow(
    'save',
    { takes: ['files', 'a GGUF'], gives: 'references' },
    z.strictObject({ to: text.describe('a directory') }),
    ({ to }) => save(to),
  ),
];
