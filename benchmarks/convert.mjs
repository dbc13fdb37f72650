// Converting, side by side with llama.cpp's converter (and its quantizer behind it), whole commands in turn.
//   npm run bench:convert -- --llama-cpp DIR --python PY [--quantize-python PY] [--sizes GiB,…] [--rounds N]
// DIR holds convert_hf_to_gguf.py of the pinned release; PY has its requirements; the quantizer's Python has llama_cpp.
// Without them only our own figures are printed.
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createContext, pipeline, save } from 'slipway';
import { buildLlama } from 'slipway/testing';
import { interleave, machineFacts, measure, mebibytes, publish } from './harness.mjs';
import { resourceCases, slowest } from './resources.mjs';

const { values } = parseArgs({
  options: {
    'llama-cpp': { type: 'string' },
    python: { type: 'string' },
    'quantize-python': { type: 'string' },
    sizes: { type: 'string', default: '0.05,2' },
    rounds: { type: 'string', default: '3' },
  },
});
const cli = [process.execPath, join(import.meta.dirname, '../dist/lib/cli/main.js')];
const scratch = mkdtempSync(join(tmpdir(), 'slipway-convert-'));

const QUANTIZE = `
import ctypes, sys, llama_cpp
params = llama_cpp.llama_model_quantize_default_params()
params.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_M
sys.exit(llama_cpp.llama_model_quantize(sys.argv[1].encode(), sys.argv[2].encode(), ctypes.byref(params)))
`;

/** A BF16 Llama of about this size, in a directory called \`llama\`. */
async function writeModel(gibibytes) {
  const directory = join(scratch, `${gibibytes}`, 'llama');
  mkdirSync(directory, { recursive: true });
  const big = gibibytes > 0.5;
  const sizes = big
    ? { hidden: 2048, intermediate: 8192, heads: 32, kvHeads: 8, vocab: 32000 }
    : { hidden: 512, heads: 8, kvHeads: 4, vocab: 32000 };
  const [layer, rest] = big ? [121e6, 262e6] : [3.4e6, 65e6];
  const layers = Math.max(1, Math.round((gibibytes * 2 ** 30 - rest) / layer));
  const files = buildLlama({ ...sizes, layers });
  const source = async () => ({ source: { kind: 'directory', name: 'llama', url: 'generated', revision: '0' }, files });
  await pipeline(source, save(directory)).run(undefined, createContext());
  return directory;
}

const converter = (model, out, outtype) => [
  values.python,
  join(values['llama-cpp'], 'convert_hf_to_gguf.py'),
  model,
  '--outfile',
  out,
  '--outtype',
  outtype,
];

/** Both sides begin without a file there: one that is replaced only at the end would need room of its own. */
const removing =
  (...paths) =>
  () =>
    paths.forEach((path) => rmSync(path, { force: true }));

function conversion(model, outtype) {
  const [ours, theirs] = [join(scratch, 'ours.gguf'), join(scratch, 'theirs.gguf')];
  const cases = [
    {
      name: `slipway ${outtype}`,
      before: removing(ours),
      run: () => measure([...cli, 'convert', model, '--outtype', outtype, '-o', ours, '--progress', 'none']),
    },
  ];
  if (values['llama-cpp'] !== undefined) {
    cases.push({
      name: `convert_hf_to_gguf ${outtype}`,
      before: removing(theirs),
      run: () => measure(converter(model, theirs, outtype)),
    });
  }
  return { cases, ours, theirs };
}

function straight(model) {
  const [ours, between, theirs] = ['ours', 'between', 'theirs'].map((name) => join(scratch, `${name}.gguf`));
  const cases = [
    {
      name: 'slipway Q4_K_M',
      before: removing(ours),
      run: () => measure([...cli, 'convert', model, '--quantize', 'Q4_K_M', '-o', ours, '--progress', 'none']),
    },
  ];
  if (values['llama-cpp'] !== undefined && values['quantize-python'] !== undefined) {
    cases.push({
      name: 'converter + llama-quantize',
      before: removing(between, theirs),
      run: async () => {
        const first = await measure(converter(model, between, 'auto'));
        const second = await measure([values['quantize-python'], '-c', QUANTIZE, between, theirs]);
        return { seconds: first.seconds + second.seconds, peak: Math.max(first.peak ?? 0, second.peak ?? 0) };
      },
    });
  }
  return { cases, ours, theirs };
}

async function digest(path) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** `source`: the weights, which what the machine can do at best is measured with in the same run. */
async function compare(title, { cases, ours, theirs }, source) {
  const resources = resourceCases(source, join(scratch, 'copy'));
  const all = await interleave([...resources, ...cases], Number(values.rounds));
  rmSync(join(scratch, 'copy'), { force: true });
  const limit = slowest(all.slice(0, resources.length));
  const rows = all
    .slice(resources.length)
    .map((row) => ({ ...row, limit: { name: limit.name, seconds: limit.seconds } }));
  const [mine, peer] = rows;
  console.log(`\n${title}`);
  for (const { name, seconds } of all.slice(0, resources.length)) console.log(`  (${name}: ${seconds.toFixed(2)} s)`);
  for (const row of rows) {
    console.log(
      `  ${row.name.padEnd(30)} ${row.seconds.toFixed(2).padStart(7)} s   peak ${mebibytes(row.peak).padStart(9)}   ${(row.seconds / limit.seconds).toFixed(2)} x the limit`,
    );
  }
  if (peer !== undefined) {
    const equal = (await digest(ours)) === (await digest(theirs));
    console.log(`  ratio ${(peer.seconds / mine.seconds).toFixed(2)}x   bytes equal: ${equal ? 'yes' : 'NO'}`);
  }
  return rows.map((row) => ({ ...row, name: `${row.name}, ${title}` }));
}

console.log(JSON.stringify(machineFacts()));
if (values['llama-cpp'] === undefined) console.log('no --llama-cpp and --python given: our own figures only');
const rows = [];
try {
  for (const size of values.sizes.split(',').map(Number)) {
    const model = await writeModel(size);
    const source = join(model, 'model.safetensors');
    for (const outtype of ['bf16', 'f16', 'q8_0'])
      rows.push(...(await compare(`${size} GiB BF16`, conversion(model, outtype), source)));
    rows.push(...(await compare(`${size} GiB BF16 to Q4_K_M`, straight(model), source)));
    rmSync(model, { recursive: true });
  }
  publish('convert', rows);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
