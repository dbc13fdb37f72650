// Compiles workers/kernels/*.c into dist/workers/kernels.wasm with the pinned @yowasp/clang.
// Nothing is done when neither the sources, the flags nor the compiler have changed since the last build.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { gridPointsHeader } from './grid-points-header.mjs';

const SOURCES = join(import.meta.dirname, 'kernels');
const OUTPUT = join(import.meta.dirname, '..', 'dist', 'workers');
const COMPILE = [
  '--target=wasm32',
  '-O2',
  '-msimd128',
  '-mbulk-memory',
  '-matomics',
  '-ffp-contract=off',
  '-ffreestanding',
  '-nostdlib',
  '-Wall',
  '-Wextra',
  '-Wdouble-promotion',
  '-Werror',
];
// The stack comes first in memory, so that an overflow traps instead of overwriting tables. The memory is shared, so that
// rows are read where another thread put them; its data is copied in by the first instance only.
const LINK = [
  '-Wl,--import-memory',
  '-Wl,--shared-memory',
  '-Wl,--max-memory=4294967296',
  '-Wl,--no-entry',
  '-Wl,--strip-all',
  '-Wl,--export=__heap_base',
  '-Wl,--stack-first',
  '-Wl,-z,stack-size=65536',
];

async function readSources() {
  const names = (await readdir(SOURCES)).filter((name) => /\.[ch]$/.test(name)).sort();
  const sources = names.map(async (name) => [name, await readFile(join(SOURCES, name), 'utf8')]);
  return new Map([...(await Promise.all(sources)), ['grid-points.h', await gridPointsHeader()]]);
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
  // The compiler is a WebAssembly program that runs for seconds: optimizing it costs more time than it saves.
  setFlagsFromString('--liftoff-only');
  const { runClang, runLLVM } = await import('@yowasp/clang');
  // It reads its own package and calls that fetching: nothing is downloaded, and nothing should look like it.
  await runLLVM(null, {}, { fetchProgress: () => {} });
  const units = [...sources.keys()].filter((name) => name.endsWith('.c'));
  const messages = [];
  const decoder = new TextDecoder();
  const stderr = (bytes) => messages.push(bytes === null ? '' : decoder.decode(bytes));
  try {
    const args = ['clang', ...COMPILE, ...LINK, ...units, '-o', 'kernels.wasm'];
    const tree = await runClang(args, Object.fromEntries(sources), { stderr });
    return tree['kernels.wasm'];
  } catch {
    // The error carries every source; the compiler's own words are what a person needs.
    process.stderr.write(messages.join(''));
    return process.exit(1);
  }
}

const sources = await readSources();
const identity = await identify(sources);
const stamp = join(OUTPUT, 'kernels.sha256');
const target = join(OUTPUT, 'kernels.wasm');
const built = existsSync(target) ? await readFile(stamp, 'utf8').catch(() => '') : '';
if (built !== identity) {
  console.log('compiling the kernels, once: about ten seconds');
  const started = performance.now();
  const wasm = await compile(sources);
  await mkdir(OUTPUT, { recursive: true });
  await writeFile(target, wasm);
  await writeFile(stamp, identity);
  console.log(`kernels.wasm: ${wasm.length} bytes in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
