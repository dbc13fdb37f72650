import { pathToFileURL } from 'node:url';
import { readRegularText, SlipwayError } from '../core/index.js';
import type { ConfigEnvironment } from './config.js';

/** Runs a configuration written in TypeScript or JavaScript and returns what it exports by default. */
export async function loadCode(path: string, shown: string, environment: ConfigEnvironment): Promise<unknown> {
  const exported = await importDefault(path, shown);
  if (exported === undefined) {
    throw new SlipwayError('CONFIG_LOAD', `'${shown}' has no default export`, {
      try: 'export default defineConfig({ name: …, pipeline: pipeline(…) })',
    });
  }
  try {
    return await (typeof exported === 'function'
      ? (exported as (environment: ConfigEnvironment) => unknown)(environment)
      : exported);
  } catch (cause) {
    throw loadError(cause, shown);
  }
}

async function importDefault(path: string, shown: string): Promise<unknown> {
  try {
    const own = await ownPackage(path);
    // Plain JavaScript needs no compiler, unless it uses this package: then it must get the copy that is running.
    if (/\.m?js$/.test(path) && Object.keys(own).length === 0) {
      const module = (await import(pathToFileURL(path).href)) as { default?: unknown };
      return module.default;
    }
    const { createJiti } = await import('jiti');
    // No cache on disk: a run with `store: 'none'` writes nothing.
    const jiti = createJiti(import.meta.url, {
      fsCache: false,
      moduleCache: false,
      interopDefault: false,
      virtualModules: own,
    });
    const module = await jiti.import<{ default?: unknown }>(path);
    return module.default;
  } catch (cause) {
    throw loadError(cause, shown);
  }
}

/**
 * This package as the configuration sees it: the copy that is running, already loaded, whatever is installed beside the
 * file. Its error class is then the same, and nothing is compiled again.
 */
async function ownPackage(path: string): Promise<Record<string, unknown>> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const load = async (entry: string): Promise<unknown> =>
    import(new URL(`../${entry}.${extension}`, import.meta.url).href) as Promise<unknown>;
  const text = await readRegularText(path);
  return {
    ...(/['"]slipway['"]/.test(text) ? { slipway: await load('index') } : {}),
    ...(/['"]slipway\/testing['"]/.test(text) ? { 'slipway/testing': await load('testing/index') } : {}),
  };
}

function loadError(cause: unknown, shown: string): SlipwayError {
  if (SlipwayError.is(cause)) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const [first = '', ...rest] = message.split('\n');
  const place = rest.map((line) => line.trim()).find((line) => /:\d+:\d+$/.test(line));
  const missing = /Cannot find (?:module|package) '([^']+)'/.exec(message)?.[1];
  return new SlipwayError('CONFIG_LOAD', `'${shown}' cannot be loaded`, {
    where: place ?? shown,
    got: first,
    ...(missing === undefined ? {} : { try: `npm install ${missing}` }),
    cause,
  });
}
