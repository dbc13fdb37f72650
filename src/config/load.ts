import { stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { readRegularText, SlipwayError, type ClientCertificate } from '../core/index.js';
import type { Config, ConfigEnvironment } from './config.js';
import type { StageRow } from './stage-row.js';

/** A configuration ready to run. */
export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path. */
  readonly path: string;
  /** What the run record keeps: the configuration with its secrets as references. */
  readonly description: unknown;
}

/** How to load a configuration. */
export interface LoadConfigOptions extends ConfigEnvironment {
  /** Relative paths start here. */
  readonly directory: string;
  /** `path=value`, in order. */
  readonly set?: readonly string[];
  /** Stages that YAML and JSON may name; the built-in ones unless given. */
  readonly stages?: readonly StageRow[];
}

/** Names looked for when no path is given, in this order. */
export const CONFIG_NAMES: readonly string[] = ['ts', 'mts', 'js', 'mjs', 'yaml', 'yml', 'json'].map(
  (extension) => `pipeline.config.${extension}`,
);

const CODE = new Set(['.ts', '.mts', '.js', '.mjs']);
const DOCUMENT = new Set(['.yaml', '.yml', '.json']);
/** A configuration larger than this is not one. */
const SIZE_LIMIT = 1024 * 1024;

/**
 * Loads, checks and completes a configuration. TypeScript and JavaScript are run; YAML and JSON are only read.
 * Throws `CONFIG_LOAD` when it cannot be read and `CONFIG_INVALID` naming everything that is wrong with it.
 */
export async function loadConfig(path: string | undefined, options: LoadConfigOptions): Promise<LoadedConfig> {
  const shown = path ?? (await discover(options.directory));
  const absolute = resolve(options.directory, shown);
  const kind = extname(absolute);
  if (!CODE.has(kind) && !DOCUMENT.has(kind)) {
    throw new SlipwayError('CONFIG_LOAD', `'${shown}' is not a kind of configuration that can be read`, {
      got: kind === '' ? 'no extension' : kind,
      try: `use one of ${[...CODE, ...DOCUMENT].join(', ')}`,
    });
  }
  await requireFile(absolute, shown);
  return CODE.has(kind) ? fromCode(absolute, shown, options) : fromDocument(absolute, shown, options);
}

async function discover(directory: string): Promise<string> {
  for (const name of CONFIG_NAMES) {
    const found = await stat(join(directory, name)).catch(() => undefined);
    if (found?.isFile() === true) return name;
  }
  throw new SlipwayError('CONFIG_LOAD', `there is no pipeline.config.* in '${directory}'`, {
    try: ['pipeline init', 'pipeline run path/to/config.ts'],
  });
}

async function requireFile(absolute: string, shown: string): Promise<void> {
  const found = await stat(absolute).catch((cause: unknown) => {
    throw new SlipwayError('CONFIG_LOAD', `there is no configuration '${shown}'`, {
      where: absolute,
      try: ['pipeline init', 'pipeline run path/to/config.ts'],
      cause,
    });
  });
  if (!found.isFile() || found.size > SIZE_LIMIT) {
    throw new SlipwayError('CONFIG_LOAD', `'${shown}' is not a configuration file`, {
      got: found.isFile() ? `${found.size} bytes, limit ${SIZE_LIMIT}` : 'not a regular file',
    });
  }
}

async function fromCode(absolute: string, shown: string, options: LoadConfigOptions): Promise<LoadedConfig> {
  const [{ loadCode }, { codeSchema }, { findProblems, throwProblems }, { overrideCode }] = await Promise.all([
    import('./load-code.js'),
    import('./schema.js'),
    import('./problems.js'),
    import('./override.js'),
  ]);
  const exported = await loadCode(absolute, shown, { env: options.env, mode: options.mode });
  const isObject = typeof exported === 'object' && exported !== null;
  const value = isObject ? await overrideCode(exported, options.set ?? []) : exported;
  throwProblems(findProblems(codeSchema, value), shown);
  const config = value as Config;
  const { pipeline, ...plain } = config;
  return { config, path: absolute, description: { ...plain, pipeline: pipeline.name } };
}

async function fromDocument(absolute: string, shown: string, options: LoadConfigOptions): Promise<LoadedConfig> {
  const [
    { interpolate, parseDocument, withoutPasswords },
    { documentSchema },
    problemsModule,
    { overrideDocument },
    list,
    { z },
  ] = await Promise.all([
    import('./document.js'),
    import('./schema.js'),
    import('./problems.js'),
    import('./override.js'),
    import('./stage-list.js'),
    import('zod'),
  ]);
  const document = await parseDocument(await readRegularText(absolute), shown);
  const written = await overrideDocument(document.value, options.set ?? []);
  const description = withoutPasswords(written);
  const filled = interpolate(written, options.env);
  const rows = options.stages ?? (await import('./stage-table.js')).STAGE_ROWS;
  const built = list.buildStages(problemsModule.valueAt(filled.value, ['stages']), rows);
  const problems = [
    ...filled.problems,
    ...problemsModule.findProblems(documentSchema(z.unknown()), filled.value),
    ...('problems' in built ? built.problems : []),
  ];
  problemsModule.throwProblems(problems, shown, document.locate);
  if ('problems' in built) throw new SlipwayError('INTERNAL', 'a problem was lost');
  const { stages: _stages, $schema: _schema, ...plain } = filled.value as Record<string, unknown>;
  return { config: { ...plain, pipeline: built.pipeline } as unknown as Config, path: absolute, description };
}

/** Reads the certificate authorities a configuration names. */
export async function readAuthorities(config: Config, path: string): Promise<string | undefined> {
  const file = config.network?.caFile;
  return file === undefined ? undefined : readNetworkFile('caFile', file, path);
}

/** The client certificates that `network.clientCertificates` names, read. */
export async function readClientCertificates(config: Config, path: string): Promise<readonly ClientCertificate[]> {
  const named = config.network?.clientCertificates ?? [];
  return Promise.all(
    named.map(async ({ host, certFile, keyFile }) => ({
      host: host.toLowerCase(),
      cert: await readNetworkFile('clientCertificates', certFile, path),
      key: await readNetworkFile('clientCertificates', keyFile, path),
    })),
  );
}

async function readNetworkFile(key: string, file: string, path: string): Promise<string> {
  try {
    return await readRegularText(resolve(dirname(path), file));
  } catch (cause) {
    throw new SlipwayError('CONFIG_INVALID', `network.${key} '${file}' cannot be read`, { where: path, cause });
  }
}

/** JSON Schema (draft 2020-12) of YAML and JSON configurations, for editors. */
export async function configJsonSchema(stages?: readonly StageRow[]): Promise<unknown> {
  const [{ z }, { documentSchema }, { stageListSchema }] = await Promise.all([
    import('zod'),
    import('./schema.js'),
    import('./stage-list.js'),
  ]);
  const rows = stages ?? (await import('./stage-table.js')).STAGE_ROWS;
  return z.toJSONSchema(documentSchema(stageListSchema(rows)), { io: 'input' });
}
