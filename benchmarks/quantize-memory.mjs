// Peak memory of `pipeline quantize` as the GGUF grows tenfold.
//   npm run bench:quantize-memory -- [--sizes GiB,GiB,…] [--type Q4_K_M]
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { ggufFile } from 'slipway';
import { machineFacts, measure, mebibytes, publish } from './harness.mjs';
import { noise } from './noise.mjs';

const { values } = parseArgs({
  options: { sizes: { type: 'string', default: '0.2,2' }, type: { type: 'string', default: 'Q4_K_M' } },
});
const cli = [process.execPath, join(import.meta.dirname, '../dist/lib/cli/main.js')];
const scratch = mkdtempSync(join(tmpdir(), 'slipway-quantize-'));
const [WIDTH, ROWS] = [4096, 4096];

/** A GGUF of F16 matrices with the names of a Llama's blocks. */
async function writeModel(path, gibibytes) {
  const size = WIDTH * ROWS * 2;
  const count = Math.max(1, Math.round((gibibytes * 2 ** 30) / size));
  const tensors = Array.from({ length: count }, (_, layer) => ({
    name: `blk.${layer}.ffn_up.weight`,
    dimensions: [WIDTH, ROWS],
    type: 'F16',
    read: () => noise(size, 0xbfffbfff),
  }));
  const metadata = new Map([
    ['general.architecture', { type: 'STRING', value: 'llama' }],
    ['llama.block_count', { type: 'UINT32', value: count }],
  ]);
  await pipeline(Readable.from(ggufFile('model.gguf', { metadata, tensors }).read()), createWriteStream(path));
}

console.log(JSON.stringify(machineFacts()));
const rows = [];
try {
  for (const size of values.sizes.split(',').map(Number)) {
    const [input, output] = [join(scratch, 'in.gguf'), join(scratch, 'out.gguf')];
    await writeModel(input, size);
    const { seconds, peak } = await measure([
      ...cli,
      'quantize',
      input,
      values.type,
      '-o',
      output,
      '--progress',
      'none',
    ]);
    rows.push({ name: `${size} GiB`, seconds, min: seconds, max: seconds, peak });
    const growth = rows.length === 1 ? '' : `   ${((peak / rows[0].peak - 1) * 100).toFixed(1)} % above the first`;
    console.log(`${String(size).padStart(5)} GiB   ${seconds.toFixed(1)} s   peak ${mebibytes(peak)}${growth}`);
  }
  publish('quantize-memory', rows);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
