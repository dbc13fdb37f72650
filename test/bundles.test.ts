import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { inject } from 'postject';
import { rollup } from 'rollup';
import webpack from 'webpack';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildLlama } from '../src/testing/index.js';

// A service that is bundled keeps the package external: then it runs. One that takes it in is refused by a sentence that
// says so, and not by a file that is missing somewhere.

const ROOT = join(import.meta.dirname, '..');
const run = promisify(execFile);

const SERVICE = `
import { convert, createContext, download, pipeline, save } from 'slipway';
const [, , from, to] = process.argv;
await using context = createContext();
await pipeline(download(from), convert({ quantize: ['Q8_0'] }), save(to)).run(undefined, context);
console.log('converted');
`.replace('await using context', 'const context');

let folder: string;
beforeAll(async () => {
  if (!existsSync(join(ROOT, 'dist/lib/index.js'))) throw new Error('dist is missing: npm run build');
  folder = await mkdtemp(join(tmpdir(), 'slipway-bundles-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(ROOT, join(folder, 'node_modules/slipway'), 'dir');
  await writeFile(join(folder, 'package.json'), '{ "name": "service", "private": true, "type": "module" }');
  await writeFile(join(folder, 'service.mjs'), SERVICE);
  for (const file of buildLlama({ layers: 1, hidden: 64, heads: 2, kvHeads: 1, vocab: 354, seed: 3 })) {
    await mkdir(join(folder, 'model'), { recursive: true });
    await writeFile(join(folder, 'model', file.path), file.read());
  }
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function runBundle(file: string): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, [join(folder, file), './model', `./out-${file}`], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder },
  }).catch((error: unknown) => error as { stdout: string; stderr: string });
  return stdout + stderr;
}

const entry = (): string => join(folder, 'service.mjs');

describe('a service bundled with the package outside', () => {
  test('by esbuild runs', async () => {
    await build({
      entryPoints: [entry()],
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['slipway'],
      outfile: join(folder, 'esbuild.mjs'),
    });
    expect(await runBundle('esbuild.mjs')).toBe('converted\n');
  });

  test('by rollup runs', async () => {
    const bundle = await rollup({ input: entry(), external: ['slipway'] });
    await bundle.write({ file: join(folder, 'rollup.mjs'), format: 'es' });
    expect(await runBundle('rollup.mjs')).toBe('converted\n');
  });

  test('by webpack runs', async () => {
    await packed('webpack.mjs', { externals: { slipway: 'module slipway' } });
    expect(await runBundle('webpack.mjs')).toBe('converted\n');
  });
});

describe('a bundle that takes the package in', () => {
  const REFUSED = /SlipwayError: slipway's own file '.*' is missing: in a bundle, keep 'slipway' external/;

  test('by esbuild says what to do', async () => {
    const require =
      "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";
    await build({
      entryPoints: [entry()],
      bundle: true,
      platform: 'node',
      format: 'esm',
      banner: { js: require },
      external: ['onnxruntime-node', '@node-llama-cpp/*'],
      logLevel: 'silent',
      outfile: join(folder, 'whole.mjs'),
    });
    expect(await runBundle('whole.mjs')).toMatch(REFUSED);
  });

  test('by webpack says what to do', async () => {
    await packed('whole-webpack.mjs', { ignoreWarnings: [/./] });
    expect(await runBundle('whole-webpack.mjs')).toMatch(REFUSED);
  });
});

// The executable is a copy of Node with the code in it (nodejs.org/api/single-executable-applications.html).
describe.skipIf(process.platform !== 'linux')('a single executable', () => {
  async function executable(name: string, main: string): Promise<string> {
    const settings = { main, output: `${name}.blob`, disableExperimentalSEAWarning: true };
    await writeFile(join(folder, `${name}.json`), JSON.stringify(settings));
    await run(process.execPath, ['--experimental-sea-config', `${name}.json`], { cwd: folder });
    await copyFile(process.execPath, join(folder, name));
    await inject(join(folder, name), 'NODE_SEA_BLOB', await readFile(join(folder, `${name}.blob`)), {
      sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
    });
    const { stdout, stderr } = await run(join(folder, name), ['./model', `./out-${name}`], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder },
    }).catch((error: unknown) => error as { stdout: string; stderr: string });
    return stdout + stderr;
  }

  const RUN = `
    const [from, to] = process.argv.slice(2);
    pipeline(download(from), convert({ quantize: ['Q8_0'] }), save(to))
      .run(undefined, createContext())
      .then(() => console.log('converted'), (error) => console.log(String(error)));`;

  test('with the package beside it runs', async () => {
    const load = `require('node:module').createRequire(process.execPath)('slipway')`;
    const names = 'convert, createContext, download, pipeline, save';
    await writeFile(join(folder, 'beside.cjs'), `const { ${names} } = ${load};${RUN}`);
    expect(await executable('beside', 'beside.cjs')).toBe('converted\n');
  });

  test('with the package in it says what to do', async () => {
    await writeFile(
      join(folder, 'inside.mjs'),
      `import { convert, createContext, download, pipeline, save } from 'slipway';${RUN}`,
    );
    await build({
      entryPoints: [join(folder, 'inside.mjs')],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['onnxruntime-node', '@node-llama-cpp/*'],
      logLevel: 'silent',
      outfile: join(folder, 'inside.cjs'),
    });
    expect(await executable('inside', 'inside.cjs')).toMatch(
      /SlipwayError: slipway's own file '.*' is missing: in a bundle, keep 'slipway' external/,
    );
  });
});

async function packed(filename: string, more: webpack.Configuration): Promise<void> {
  const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
    webpack(
      {
        mode: 'none',
        target: 'node20',
        entry: entry(),
        experiments: { outputModule: true },
        output: { path: folder, filename, module: true, library: { type: 'module' }, asyncChunks: false },
        ...more,
      },
      (error, done) => (error === null ? resolve(done) : reject(error)),
    );
  });
  expect(stats?.toJson({ all: false, errors: true }).errors).toEqual([]);
}
