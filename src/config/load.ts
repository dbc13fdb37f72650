import { stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { countText, readRegularText, SlipwayError, type ClientCertificate } from '../core/index.js';
import type { Config } from './config.js';
import type { LoadConfigOptions, LoadedConfig } from './loaded-config.js';
import type { StageRow } from './stage-row.js';

/** Names looked for when no path is given, in this order. */
export const CONFIG_NAMES: readonly string[] = ['ts', 'mts', 'js', 'mjs', 'yaml', 'yml', 'json'].map(
  (extension) => `pipeline.config.${extension}`,
);

const CODE = new Set(['.ts', '.mts', '.js', '.mjs']);
const DOCUMENT = new Set(['.yaml', '.yml', '.json']);
/** A configuration larger than this is not one. */
const SIZE_LIMIT = 1024 * 1024;

/**
 * Loads, checks and completes a configuration that holds one pipeline. TypeScript and JavaScript are run; YAML and JSON
 * are only read. Throws `CONFIG_LOAD` when it cannot be read, `CONFIG_INVALID` naming everything that is wrong with it,
 * and `USAGE` when it holds several pipelines and `only` does not name one.
 */
export async function loadConfig(path: string | undefined, options: LoadConfigOptions): Promise<LoadedConfig> {
  const loaded = await loadConfigs(path, options);
  const [first] = loaded;
  if (first !== undefined && loaded.length === 1) return first;
  const names = loaded.map(({ config }) => config.name);
  throw new SlipwayError('USAGE', `the configuration holds ${names.length} pipelines, and one is wanted here`, {
    got: names.join(', '),
    try: `--only ${names[0] ?? 'NAME'}`,
  });
}

/**
 * As {@link loadConfig}, for a configuration that may hold several pipelines: a list, several YAML documents, a list below
 * `pipelines:` with shared keys beside it, or a `matrix:`. All are checked before one of them is returned; their names
 * differ.
 */
export async function loadConfigs(
  path: string | undefined,
  options: LoadConfigOptions,
): Promise<readonly LoadedConfig[]> {
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
  return CODE.has(kind) ? fromCode(absolute, shown, options) : fromDocuments(absolute, shown, options);
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
      got: found.isFile() ? `${countText(found.size, 'byte')}, limit ${SIZE_LIMIT}` : 'not a regular file',
    });
  }
}

async function fromCode(absolute: string, shown: string, options: LoadConfigOptions): Promise<readonly LoadedConfig[]> {
  const [{ loadCode }, { codeSchema }, { findProblems, throwProblems }, { overrideCode }, { selectNamed }] =
    await Promise.all([
      import('./load-code.js'),
      import('./schema.js'),
      import('./problems.js'),
      import('./override.js'),
      import('./select-pipelines.js'),
    ]);
  const exported = await loadCode(absolute, shown, { env: options.env, mode: options.mode });
  const isList = Array.isArray(exported);
  const written: readonly unknown[] = isList ? exported : [exported];
  if (written.length === 0) throw new SlipwayError('CONFIG_INVALID', `'${shown}' holds no pipeline`, { got: '[]' });
  const chosen = selectNamed(written, nameOf, options.only, shown);
  const values = await Promise.all(
    chosen.map(async (value) =>
      typeof value === 'object' && value !== null ? overrideCode(value, options.set ?? []) : value,
    ),
  );
  throwProblems(
    values.flatMap((value, index) => findProblems(codeSchema, value, isList ? [index] : [])),
    shown,
  );
  return (values as readonly Config[]).map((config) => {
    const { pipeline, ...plain } = config;
    return { config, path: absolute, of: written.length, description: { ...plain, pipeline: pipeline.name } };
  });
}

function labelOf(entry: { readonly value: unknown } | undefined, index: number): string {
  const name = nameOf(entry?.value);
  return typeof name === 'string' ? name : `pipeline ${index + 1}`;
}

function nameOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'name' in value ? value.name : undefined;
}

async function fromDocuments(
  absolute: string,
  shown: string,
  options: LoadConfigOptions,
): Promise<readonly LoadedConfig[]> {
  const [{ interpolate, parseDocuments }, { entriesOf }, { selectNamed }, { readEntry }, { throwProblems }] =
    await Promise.all([
      import('./document.js'),
      import('./entries.js'),
      import('./select-pipelines.js'),
      import('./read-entry.js'),
      import('./problems.js'),
    ]);
  const entries = entriesOf(await parseDocuments(await readRegularText(absolute), shown), shown);
  const chosen = selectNamed(
    entries,
    ({ value }) => interpolate(nameOf(value), options.env).value,
    options.only,
    shown,
  );
  const rows = options.stages ?? (await import('./stage-table.js')).STAGE_ROWS;
  const read = await Promise.all(chosen.map((entry) => readEntry(entry, rows, options)));
  const problems = read.flatMap((one, index) =>
    one.problems.map(({ path, text }) => {
      const line = chosen[index]?.locate(path);
      return {
        path: chosen.length > 1 ? [labelOf(chosen[index], index), ...path] : path,
        text: line === undefined ? text : `${text}   (${line})`,
      };
    }),
  );
  throwProblems(problems, shown);
  return read.flatMap(({ loaded }) =>
    loaded === undefined ? [] : [{ ...loaded, path: absolute, of: entries.length }],
  );
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

/** JSON Schema (draft 2020-12) of YAML and JSON configurations, for editors: of one pipeline, and of files with several. */
export async function configJsonSchema(stages?: readonly StageRow[]): Promise<unknown> {
  const [{ z }, { documentSchema }, { stageListSchema }, { fileSchema }] = await Promise.all([
    import('zod'),
    import('./schema.js'),
    import('./stage-list.js'),
    import('./file-schema.js'),
  ]);
  const rows = stages ?? (await import('./stage-table.js')).STAGE_ROWS;
  return fileSchema(z.toJSONSchema(documentSchema(stageListSchema(rows)), { io: 'input' }));
}
