// Compiles the kernels of workers/kernels into one Node-API addon, once for each kind of processor that gains from it,
// with any C compiler that knows vector extensions (Clang, GCC from 12 on). Used by ../build.mjs and ../prebuild.mjs.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gridPointsHeader } from '../../workers/grid-points-header.mjs';

const FOLDER = import.meta.dirname;
const KERNELS = join(FOLDER, '..', '..', 'workers', 'kernels');

/** Neither fused multiply-add nor sums in another order: the same bits as everywhere. */
const EXACT = ['-ffp-contract=off', '-fno-fast-math'];
const FLAGS = ['-std=gnu17', '-O2', '-fPIC', '-fvisibility=hidden', '-Wall', '-Wextra'];

/** By architecture of Node, fastest first: what the compiler may use. processor.c asks the processor for the same. */
const VARIANTS = {
  x64: {
    avx512: ['-mavx2', '-mbmi', '-mbmi2', '-mpopcnt', '-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl'],
    avx2: ['-mavx2', '-mbmi', '-mbmi2', '-mpopcnt'],
  },
  arm64: { neon: [] },
};

/** True where there is anything to gain. */
export function knowsArchitecture(arch) {
  return arch in VARIANTS;
}

/** Sources that are slower with AVX-512, whose masks take turns with other registers (IQ1: 6 % on Zen 4). */
const WITHOUT_AVX512 = new Set(['iq1.c', 'iq1-cut.c']);

function flagsOf(arch, variant, unit) {
  const variants = VARIANTS[arch];
  return variant === 'avx512' && WITHOUT_AVX512.has(unit) ? variants.avx2 : variants[variant];
}

/** Text of every file that the addon is made of, by name. */
function sourceTexts() {
  const files = [KERNELS, FOLDER].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.[ch]$/.test(name))
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
  return new Map(files);
}

/** What an addon was made of; prebuilt ones are compared with it. */
export async function kernelsDigest() {
  const digest = createHash('sha256').update(JSON.stringify([FLAGS, EXACT, VARIANTS, [...WITHOUT_AVX512]]));
  for (const variants of Object.values(VARIANTS))
    for (const variant of Object.keys(variants)) digest.update(tableSource(variant));
  for (const [name, text] of sourceTexts()) digest.update(`${name}\n${text}\n`);
  return digest.update(await gridPointsHeader()).digest('hex');
}

/** The kernels that WebAssembly exports: name, and one letter an argument (kernel.h). */
function exportedKernels() {
  const declaration = /(?:EXPORT|CHECKED|ASKED)\((\w+)\)\(([^)]*)\)/g;
  return [...sourceTexts().values()].flatMap((text) =>
    [...text.matchAll(declaration)].map(([match, name, parameters]) => ({
      name,
      parameters: parameters.split(',').map((parameter) => parameter.trim()),
      result: match.startsWith('EXPORT') ? 'void' : match.startsWith('CHECKED') ? 'bool' : 'int',
    })),
  );
}

/** Names that more than one file knows: each variant has its own. */
function sharedNames() {
  const prototype = /^(?:const )?[A-Za-z_]\w* \*?([a-z_]\w*)\([^;{]*\);/gm;
  const headers = readdirSync(KERNELS).filter((name) => name.endsWith('.h'));
  const internal = headers.flatMap((name) =>
    [...readFileSync(join(KERNELS, name), 'utf8').matchAll(prototype)].map(([, found]) => found),
  );
  return [...internal, ...exportedKernels().map(({ name }) => name)];
}

function typeOf(parameter) {
  return parameter.replace(/\w+$/, '').trim();
}

/** C: a table of the variant's kernels, each called with numbers. */
function tableSource(variant) {
  const kernels = exportedKernels();
  const lines = ['#include <stdbool.h>', '#include "kernel.h"'];
  for (const { name, parameters, result } of kernels) {
    const values = parameters.map((parameter, i) => {
      if (!parameter.includes('*')) return `(int)v[${i}]`;
      return `v[${i}] ? (${typeOf(parameter)})(m + v[${i}]) : 0`;
    });
    const call = `${variant}_${name}(${values.join(', ')})`;
    lines.push(
      `${result} ${variant}_${name}(${parameters.map(typeOf).join(', ')});`,
      `static int call_${name}(uint8_t *m, const int64_t *v) { ${result === 'void' ? `${call}; return 0;` : `return ${call};`} }`,
    );
  }
  const rows = kernels.map(({ name, parameters }) => {
    const letters = parameters.map((parameter) => (parameter.includes('*') ? 'p' : 'i')).join('');
    return `{"${name}", "${letters}", call_${name}},`;
  });
  lines.push(`const Kernel slipway_${variant}_kernels[] = {${rows.join('\n')}\n{0, 0, 0}};`);
  return `${lines.join('\n')}\n`;
}

/** C: which variants there are. */
function variantsSource(names) {
  const declarations = names.map((name) => `extern const Kernel slipway_${name}_kernels[];`);
  const rows = names.map((name) => `{"${name}", slipway_${name}_kernels, slipway_has_${name}},`);
  return `#include "kernel.h"\n${declarations.join('\n')}\nconst Variant slipway_variants[] = {${rows.join('')}{0, 0, 0}};\n`;
}

/**
 * Makes the addon. `run(args)` runs the compiler, in a folder of its own, and throws when it fails; `headers` holds
 * node_api.h; `link` are what the platform wants besides.
 */
export async function compileKernels({ arch, run, headers, output, link, only }) {
  const variants = Object.fromEntries(Object.entries(VARIANTS[arch]).filter(([name]) => only?.includes(name) ?? true));
  const folder = mkdtempSync(join(tmpdir(), 'slipway-kernels-'));
  const write = (name, text) => writeFileSync(join(folder, name), text);
  const includes = [`-I${folder}`, `-I${FOLDER}`, `-I${KERNELS}`, '-isystem', headers];
  const objects = [];
  const compile = (source, object, flags) => {
    run([...FLAGS, ...EXACT, ...flags, ...includes, '-c', source, '-o', join(folder, object)], folder);
    objects.push(join(folder, object));
  };
  try {
    write('grid-points.h', await gridPointsHeader());
    write('variants.c', variantsSource(Object.keys(variants)));
    for (const name of ['addon.c', 'processor.c']) compile(join(FOLDER, name), `${name}.o`, []);
    compile('variants.c', 'variants.o', []);
    const units = readdirSync(KERNELS)
      .filter((name) => name.endsWith('.c'))
      .sort();
    for (const variant of Object.keys(variants)) {
      const renamed = sharedNames().map((name) => `-D${name}=${variant}_${name}`);
      for (const unit of units)
        compile(join(KERNELS, unit), `${variant}-${unit}.o`, [...flagsOf(arch, variant, unit), ...renamed]);
      write(`${variant}.c`, tableSource(variant));
      compile(`${variant}.c`, `${variant}.o`, []);
    }
    run(['-shared', ...objects, '-o', output, ...link], folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
