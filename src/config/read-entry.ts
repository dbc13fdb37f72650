import { z } from 'zod';
import type { Config } from './config.js';
import { interpolate, withoutPasswords } from './document.js';
import type { ConfigEntry } from './entries.js';
import type { LoadConfigOptions, LoadedConfig } from './loaded-config.js';
import { overrideDocument } from './override.js';
import { findProblems, valueAt, type Problem } from './problems.js';
import { documentSchema } from './schema.js';
import { buildStages } from './stage-list.js';
import type { StageRow } from './stage-row.js';

/** A pipeline of a document, or everything that is wrong with it. */
interface ReadEntry {
  readonly loaded: Pick<LoadedConfig, 'config' | 'description'> | undefined;
  readonly problems: readonly Problem[];
}

/** Overrides, fills in, checks and builds one pipeline of a YAML or JSON file. */
export async function readEntry(
  entry: ConfigEntry,
  rows: readonly StageRow[],
  { env, set }: Pick<LoadConfigOptions, 'env' | 'set'>,
): Promise<ReadEntry> {
  const written = await overrideDocument(entry.value, set ?? []);
  const description = withoutPasswords(written);
  const filled = interpolate(written, env);
  const built = buildStages(valueAt(filled.value, ['stages']), rows);
  const problems = [
    ...filled.problems,
    ...findProblems(documentSchema(z.unknown()), filled.value),
    ...('problems' in built ? built.problems : []),
  ];
  if ('problems' in built || problems.length > 0) return { loaded: undefined, problems };
  const { stages: _stages, $schema: _schema, ...plain } = filled.value as Record<string, unknown>;
  return { loaded: { config: { ...plain, pipeline: built.pipeline } as unknown as Config, description }, problems };
}
