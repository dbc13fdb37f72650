import { z } from 'zod';
import { pack, PACKAGE_FORMATS, type PackStageOptions } from '../stages/index.js';
import { given } from './given.js';
import { splitSize } from './split-size.js';
import { stageRow, type StageRow } from './stage-row.js';

const text = z.string().min(1).max(4096).describe('text');
const longText = z.string().max(1_048_576).describe('text');
const flag = z.boolean().describe('true or false');
const number = z.number().describe('a number');
const count = z.int().min(0).max(4_294_967_295).describe('a whole number');

const schema = z.strictObject({
  formats: z.array(z.enum(PACKAGE_FORMATS)).min(1).optional(),
  annotations: z.record(text, z.string().max(65_536)).optional(),
  name: text.optional(),
  index: flag.optional(),
  splitMaxSize: splitSize.optional(),
  modelSpec: z.strictObject({ fileMetadata: flag.optional(), harborNames: flag.optional() }).optional(),
  kitops: z.strictObject({ layers: z.enum(['tar', 'raw']).optional() }).optional(),
  modelcar: z.strictObject({ architecture: text.optional() }).optional(),
  oras: z.strictObject({ artifactType: text.optional() }).optional(),
  ollama: z
    .strictObject({
      template: longText.optional(),
      system: longText.optional(),
      parameters: z
        .strictObject({
          temperature: number.optional(),
          top_k: count.optional(),
          top_p: number.optional(),
          min_p: number.optional(),
          repeat_penalty: number.optional(),
          num_ctx: count.optional(),
          stop: z.array(text).optional(),
        })
        .optional(),
    })
    .optional(),
});

function packOptions({ ollama, ...options }: z.output<typeof schema>): PackStageOptions {
  if (ollama === undefined) return given(options);
  const { parameters, ...rest } = ollama;
  return { ...given(options), ollama: { ...rest, ...(parameters !== undefined && { parameters: given(parameters) }) } };
}

/** `pack` in a document. */
export const PACK_ROW: StageRow = stageRow(
  'pack',
  { takes: ['files', 'a GGUF'], gives: 'a packed model' },
  schema,
  (options) => pack(packOptions(options)),
);
