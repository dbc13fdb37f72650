import type { z } from 'zod';
import type { Stage } from '../core/index.js';

/** What flows between stages, in words: used to say why two stages do not fit. */
export type Flow = 'nothing' | 'files' | 'a GGUF' | 'a packed model' | 'references';

/** All of them: for stages that hand on whatever they are given. */
export const ANY_FLOW: readonly Flow[] = ['nothing', 'files', 'a GGUF', 'a packed model', 'references'];

/** One kind of stage that a YAML or JSON configuration can name. */
export interface StageRow {
  /** The key in the document. */
  readonly key: string;
  readonly schema: z.ZodType;
  readonly takes: readonly Flow[];
  readonly gives: Flow | 'what it takes';
  /** Called with options that the schema has accepted. */
  build(options: unknown): Stage<never, unknown>;
}

/** Makes a row; the schema's output type is what the constructor takes. */
export function stageRow<T>(
  key: string,
  flow: { readonly takes: readonly Flow[]; readonly gives: StageRow['gives'] },
  schema: z.ZodType<T>,
  build: (options: T) => Stage<never, unknown>,
): StageRow {
  return { key, ...flow, schema, build: (options) => build(schema.parse(options)) };
}
