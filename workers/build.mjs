// Compiles workers/kernels/*.c into dist/workers/kernels.wasm with the pinned @yowasp/clang.
// Nothing is done when neither the sources, the flags nor the compiler have changed since the last build.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const SOURCES = join(import.meta.dirname, 'kernels');
const OUTPUT = join(import.meta.dirname, '..', 'dist', 'workers');
const COMPILE = [
  '--target=wasm32',
  '-O2',
  '-msimd128',
  '-mbulk-memory',
  '-ffp-contract=off',
  '-ffreestanding',
  '-nostdlib',
  '-Wall',
  '-Wextra',
  '-Wdouble-promotion',
  '-Werror',
];
// The stack comes first in memory, so that an overflow traps instead of overwriting tables.
const LINK = [
  '-Wl,--no-entry',
  '-Wl,--strip-all',
  '-Wl,--export=__heap_base',
  '-Wl,--stack-first',
  '-Wl,-z,stack-size=65536',
];

async function readSources() {
  const names = (await readdir(SOURCES)).filter((name) => /\.[ch]$/.test(name)).sort();
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(SOURCES, name), 'utf8')])));
}

/** The exact version that package.json pins. */
async function compilerVersion() {
  const manifest = JSON.parse(await readFile(join(import.meta.dirname, '..', 'package.json'), 'utf8'));
  return manifest.devDependencies['@yowasp/clang'];
}

async function identify(sources) {
  const hash = createHash('sha256').update(JSON.stringify([await compilerVersion(), COMPILE, LINK, [...sources]]));
  return hash.digest('hex');
}

async function compile(sources) {
  const { runClang } = await import('@yowasp/clang');
  const units = [...sources.keys()].filter((name) => name.endsWith('.c'));
  const messages = [];
  const decoder = new TextDecoder();
  const stderr = (bytes) => messages.push(bytes === null ? '' : decoder.decode(bytes));
  try {
    const tree = await runClang(
      ['clang', ...COMPILE, ...LINK, ...units, '-o', 'kernels.wasm'],
      Object.fromEntries(sources),
      {
        stderr,
      },
    );
    return tree['kernels.wasm'];
  } catch (error) {
    process.stderr.write(messages.join(''));
    throw error;
  }
}

const sources = await readSources();
const identity = await identify(sources);
const stamp = join(OUTPUT, 'kernels.sha256');
const built = await readFile(stamp, 'utf8').catch(() => '');
if (built !== identity) {
  const started = performance.now();
  const wasm = await compile(sources);
  await mkdir(OUTPUT, { recursive: true });
  await writeFile(join(OUTPUT, 'kernels.wasm'), wasm);
  await writeFile(stamp, identity);
  console.log(`kernels.wasm: ${wasm.length} bytes in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
