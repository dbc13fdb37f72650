// How long the command takes to start: the version, the plan of a repository that lies here, and a small model's whole
// conversion, which is mostly starting. Beside each stands what Node itself takes to do nothing.
//   node benchmarks/start.mjs [--rounds N]
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createContext, save } from 'slipway';
import { buildLlama } from 'slipway/testing';
import { interleave, measure, publish } from './harness.mjs';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } });
const cli = [process.execPath, join(import.meta.dirname, '../dist/lib/cli/main.js')];
const scratch = mkdtempSync(join(tmpdir(), 'slipway-start-'));
try {
  const model = join(scratch, 'model');
  mkdirSync(model);
  const source = { kind: 'directory', name: 'model', url: model, revision: 'benchmark' };
  await save(model).run({ source, files: buildLlama({ layers: 2, hidden: 256 }) }, createContext());
  const output = join(scratch, 'model.gguf');
  const convert = [...cli, 'convert', model, '-o', output, '--quantize', 'Q8_0', '--quiet'];
  const rows = await interleave(
    [
      { name: 'node, nothing', run: () => measure([process.execPath, '-e', '0']) },
      { name: 'pipeline --version', run: () => measure([...cli, '--version']) },
      { name: 'a plan of a repository that is here', run: () => measure([...convert, '--dry-run']) },
      { name: 'a small model to GGUF, whole', run: () => measure(convert) },
    ],
    Number(values.rounds),
  );
  for (const { name, seconds, min, max } of rows) {
    console.log(
      `${name.padEnd(40)} ${(seconds * 1000).toFixed(0)} ms (${(min * 1000).toFixed(0)} to ${(max * 1000).toFixed(0)})`,
    );
  }
  publish('start', rows);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
