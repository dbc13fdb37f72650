// What this machine can do at best, measured beside everything else: reading a file, hashing it, and both side by side.
//   node benchmarks/limits.mjs [--size GiB] [--rounds N]
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { interleave, publish } from './harness.mjs';
import { noise } from './noise.mjs';
import { resourceCases } from './resources.mjs';

const { values } = parseArgs({
  options: { size: { type: 'string', default: '2' }, rounds: { type: 'string', default: '3' } },
});
const scratch = mkdtempSync(join(tmpdir(), 'slipway-limits-'));
try {
  const file = join(scratch, 'file');
  await pipeline(Readable.from(noise(Math.round(Number(values.size) * 2 ** 30))), createWriteStream(file));
  const rows = await interleave(resourceCases(file, `${file}.copy`), Number(values.rounds));
  for (const { name, seconds } of rows)
    console.log(`${name.padEnd(30)} ${seconds.toFixed(2)} s for ${values.size} GiB`);
  publish('limits', rows, { gibibytes: Number(values.size) });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
