import type { z } from 'zod';
import type { OptionsOf, OptionTable, Stage } from '../core/index.js';
import { optionSchema } from './option-schema.js';

/** What flows between stages, in words: used to say why two stages do not fit. */
export type Flow = 'nothing' | 'files' | 'a GGUF' | 'a packed model' | 'references';

/** All of them: for stages that hand on whatever they are given. */
export const ANY_FLOW: readonly Flow[] = ['nothing', 'files', 'a GGUF', 'a packed model', 'references'];

/** One kind of stage that a YAML or JSON configuration can name. */
export interface StageRow {
  /** The key in the document. */
  readonly key: string;
  readonly schema: z.ZodType;
  /** The options of the stage, where a table says them. */
  readonly table?: OptionTable;
  readonly takes: readonly Flow[];
  readonly gives: Flow | 'what it takes';
  /** A stage that has its effect while that one runs: written behind it, it is put in front of it. */
  readonly before?: string;
  /** Called with options that the schema has accepted. */
  build(options: unknown): Stage<never, unknown>;
}

type Flows = Pick<StageRow, 'takes' | 'gives' | 'before'>;

/** A stage whose options stand in a table. */
export function stageRow<const T extends OptionTable>(
  key: string,
  flow: Flows,
  table: T,
  build: (options: OptionsOf<T>) => Stage<never, unknown>,
): StageRow {
  const schema = optionSchema(table);
  return { key, ...flow, schema, table, build: (options) => build(schema.parse(options) as OptionsOf<T>) };
}

/** A stage with a schema of its own. */
export function schemaRow<T>(
  key: string,
  flow: Flows,
  schema: z.ZodType<T>,
  build: (options: T) => Stage<never, unknown>,
): StageRow {
  return { key, ...flow, schema, build: (options) => build(schema.parse(options)) };
}
