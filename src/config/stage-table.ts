import { z } from 'zod';
import { convert, download, FILE_KINDS, harbor, harborSchema, push, quantize, save } from '../stages/index.js';
import { DEPLOY_ROW } from './deploy-row.js';
import { fileTypeProblem } from './file-types.js';
import { given } from './given.js';
import { PACK_ROW } from './pack-row.js';
import { splitSize } from './split-size.js';
import { ANY_FLOW, stageRow, type StageRow } from './stage-row.js';

const text = z.string().min(1).max(4096).describe('text');
const texts = z.array(text).min(1).describe('a list of text');
const quantization = text.superRefine((name, context) => {
  const message = fileTypeProblem(name);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});
const quantizations = z
  .union([quantization, z.array(quantization).min(1)])
  .describe('Q4_K_M, Q8_0, … or a list of them: see pipeline types');
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
  tensorTypes: texts.optional(),
  includeWeights: texts.optional(),
  excludeWeights: texts.optional(),
  pruneLayers: z.union([text, z.array(z.int().min(0).max(65_535)).min(1)]).optional(),
  overrideKv: texts.optional(),
};

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
      kinds: z.array(z.enum(FILE_KINDS)).min(1).optional(),
      verify: z.enum(['full', 'transport']).optional(),
      allowRenamed: flag.optional(),
      connections: z.int().min(1).max(32).optional(),
      xet: flag.optional(),
      variant: text.optional(),
    }),
    ({ from, ...options }) => download(from, given(options)),
  ),
  stageRow(
    'convert',
    { takes: ['files'], gives: 'a GGUF' },
    z.strictObject({
      outtype: z.enum(['auto', 'f32', 'f16', 'bf16', 'q8_0', 'tq1_0', 'tq2_0']).optional(),
      quantize: quantizations.optional(),
      modelName: text.optional(),
      metadata: text.optional(),
      vocabOnly: flag.optional(),
      fuseQkv: flag.optional(),
      fuseGateUpExps: flag.optional(),
      fp8AsQ8: flag.optional(),
      sentenceTransformersDenseModules: flag.optional(),
      pre: text.optional(),
      mistralFormat: flag.optional(),
      disableMistralCommunityChatTemplate: flag.optional(),
      splitMaxSize: splitSize.optional(),
      splitMaxTensors: z.int().min(1).max(1_000_000).optional(),
      noTensorFirstSplit: flag.optional(),
      ...MIX,
    }),
    (options) => convert(given(options)),
  ),
  stageRow(
    'quantize',
    { takes: ['files', 'a GGUF'], gives: 'a GGUF' },
    z.strictObject({ types: quantizations, keepSplit: flag.optional(), ...MIX }),
    (options) => quantize(given(options)),
  ),
  PACK_ROW,
  stageRow('harbor', { takes: ANY_FLOW, gives: 'what it takes' }, harborSchema, (options) => harbor<never>(options)),
  stageRow(
    'push',
    { takes: ['a packed model'], gives: 'references' },
    z.strictObject({
      to: text.describe('host/repository, or layout:./directory'),
      tags: texts.optional(),
      indexTags: texts.optional(),
      split: z.enum(['auto', 'never']).optional(),
      splitMaxSize: splitSize.optional(),
      overwrite: flag.optional(),
      quotaCheck: flag.optional(),
    }),
    ({ to, ...options }) => push(to, given(options)),
  ),
  DEPLOY_ROW,
  stageRow(
    'save',
    { takes: ['files', 'a GGUF'], gives: 'references' },
    z.strictObject({ to: text.describe('a directory') }),
    ({ to }) => save(to),
  ),
];
