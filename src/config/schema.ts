import { z } from 'zod';
import { sizeSchema } from './option-schema.js';

const count = z.int().min(1).max(1024).describe('a whole number from 1 to 1024');

const secret = z
  .union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })])
  .describe("a reference such as { env: 'HARBOR_TOKEN' }; a secret itself is never written into a configuration");

const username = z.union([z.string().min(1), secret]).describe("a name, or a reference such as { env: 'HARBOR_USER' }");

/** One host's credentials; the two forms share a schema so that a typo in either is found by name. */
const credential = z
  .strictObject({ username: username.optional(), password: secret.optional(), token: secret.optional() })
  .refine((value) => (value.token === undefined) === (value.username !== undefined && value.password !== undefined), {
    message: "needs 'username' with 'password', or 'token' alone",
  })
  .describe("'username' with 'password', or 'token' alone");

const text = z.string().min(1).describe('text');

/** The fields that code and documents share. */
const SHARED = {
  name: z
    .string()
    .regex(/^[\w][\w .@+:-]{0,127}$/)
    .describe('up to 128 letters, digits and . _ - + @ : that name the run'),
  limits: z
    .strictObject({ memory: sizeSchema.optional(), concurrency: count.optional(), threads: count.optional() })
    .optional(),
  store: z.enum(['disk', 'none']).optional(),
  engine: z.enum(['auto', 'native', 'wasm', 'js', 'llama.cpp']).optional(),
  credentials: z.record(z.string().min(1), credential).optional(),
  network: z
    .strictObject({
      insecureHosts: z.array(text).optional(),
      caFile: text.optional(),
      authHosts: z.array(text.regex(/^[^=]+=[^=]+$/).describe('registry=authHost')).optional(),
      chunkSize: sizeSchema.optional(),
      clientCertificates: z.array(z.strictObject({ host: text, certFile: text, keyFile: text })).optional(),
    })
    .optional(),
};

function isStage(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'run' in value &&
    typeof value.run === 'function'
  );
}

/** A configuration written as code: the pipeline is an object. */
export const codeSchema: z.ZodObject = z.strictObject({
  ...SHARED,
  pipeline: z.custom(isStage).describe('a stage, usually pipeline(download(…), …)'),
});

/** A configuration written as YAML or JSON, around the schema of its `stages`. */
export function documentSchema(stages: z.ZodType): z.ZodObject {
  return z.strictObject({ $schema: z.string().optional(), ...SHARED, stages });
}
