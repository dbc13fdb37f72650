import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { countText, readRegularText, SlipwayError } from '../core/index.js';
import type { ConfigEnvironment } from './config.js';

/** More is not written by hand. */
const SIZE_LIMIT = 1024 * 1024;

/**
 * Reads a file of settings that are no pipeline, in the manner of configurations: TypeScript and JavaScript are run and
 * give their default export, YAML and JSON are only read, with `${env:NAME}` filled in. Throws `CONFIG_LOAD`, and
 * `CONFIG_INVALID` for a variable that is not set. What the value holds is for the caller to check.
 */
export async function loadValue(
  path: string,
  options: ConfigEnvironment & { readonly directory: string },
): Promise<unknown> {
  const absolute = resolve(options.directory, path);
  const found = await stat(absolute).catch((cause: unknown) => {
    throw new SlipwayError('CONFIG_LOAD', `there is no file '${path}'`, { where: absolute, cause });
  });
  if (!found.isFile() || found.size > SIZE_LIMIT) {
    throw new SlipwayError('CONFIG_LOAD', `'${path}' is not a file of settings`, {
      got: found.isFile() ? `${countText(found.size, 'byte')}, limit ${SIZE_LIMIT}` : 'not a regular file',
    });
  }
  const kind = extname(absolute);
  if (/^\.m?[jt]s$/.test(kind)) return (await import('./load-code.js')).loadCode(absolute, path, options);
  if (!/^\.(ya?ml|json)$/.test(kind)) {
    throw new SlipwayError('CONFIG_LOAD', `'${path}' is not a kind of file that can be read`, {
      got: kind === '' ? 'no extension' : kind,
      try: 'use one of .ts, .mts, .js, .mjs, .yaml, .yml, .json',
    });
  }
  const [{ interpolate, parseDocument }, { throwProblems }] = await Promise.all([
    import('./document.js'),
    import('./problems.js'),
  ]);
  const document = await parseDocument(await readRegularText(absolute), path);
  const filled = interpolate(document.value, options.env);
  throwProblems(filled.problems, path, document.locate);
  return filled.value;
}
