import { z } from 'zod';
import { CACHE_TYPES, deploy, DEPLOY_FORMATS, DEPLOY_TARGET_NAMES } from '../stages/index.js';
import { given } from './given.js';
import { sizeSchema } from './schema.js';
import { parseSize } from './size.js';
import { stageRow, type StageRow } from './stage-row.js';

const text = z.string().min(1).max(1024).describe('text');
const texts = z.array(text).min(1).describe('a list of text');
const flag = z.boolean().describe('true or false');
const count = z.int().min(1).max(100_000_000).describe('a whole number');

const schema = z.strictObject({
  target: z.enum(DEPLOY_TARGET_NAMES).optional(),
  format: z.enum(DEPLOY_FORMATS).optional(),
  to: text.optional(),
  variant: text.optional(),
  pullFrom: text.optional(),
  kubernetes: text.optional(),
  containerd: text.optional(),
  crio: text.optional(),
  kserve: text.optional(),
  featureGates: texts.optional(),
  name: text.optional(),
  namespace: text.optional(),
  image: text.optional(),
  toolImage: text.optional(),
  replicas: count.optional(),
  contextSize: count.optional(),
  slots: count.optional(),
  cacheTypeK: z.enum(CACHE_TYPES).optional(),
  cacheTypeV: z.enum(CACHE_TYPES).optional(),
  memoryBudget: sizeSchema.optional(),
  gpus: z.int().min(0).max(64).optional(),
  pullSecrets: texts.optional(),
  networkPolicy: flag.optional(),
});

/** `deploy` in a document: after `push`. */
export const DEPLOY_ROW: StageRow = stageRow(
  'deploy',
  { takes: ['references'], gives: 'references' },
  schema,
  ({ memoryBudget, ...options }) => {
    const bytes = memoryBudget === undefined ? undefined : parseSize(memoryBudget);
    return deploy({ ...given(options), ...(bytes !== undefined && { memoryBudget: bytes }) });
  },
);
