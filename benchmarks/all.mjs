// Everything that this machine can measure in twenty minutes, one benchmark after another, and the page of it:
// docs/performance.md with its pictures, and the figures that README quotes.
//   npm run bench -- [--llama-cpp DIR --python PY --quantize-python PY] [--ggml FILE --ggml-python PY] [--peers DIR] [--minutes 20]
// A peer that is not named is not measured. To be run on a machine that does nothing else.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    'llama-cpp': { type: 'string' },
    python: { type: 'string' },
    'quantize-python': { type: 'string' },
    ggml: { type: 'string', default: process.env.SLIPWAY_GGML ?? '' },
    'ggml-python': { type: 'string' },
    peers: { type: 'string', default: process.env.SLIPWAY_PEERS ?? '' },
    minutes: { type: 'string', default: '20' },
  },
});
const here = import.meta.dirname;
const given = (name, value) => (value === undefined || value === '' ? [] : [`--${name}`, value]);
const steps = [
  ['fetched.mjs'],
  ['start.mjs'],
  ['limits.mjs', '--size', '2'],
  [
    'quantize/run.mjs',
    '--rounds',
    '3',
    ...given('ggml', values.ggml),
    ...given('python', values['ggml-python'] ?? values['quantize-python']),
  ],
  [
    'convert.mjs',
    '--rounds',
    '1',
    ...given('llama-cpp', values['llama-cpp']),
    ...given('python', values.python),
    ...given('quantize-python', values['quantize-python']),
  ],
  ...(values.peers === '' ? [] : [['shaped.mjs', '--rounds', '2', '--peers', values.peers]]),
  ...(values.peers === '' ? [] : [['trust.mjs', '--size', '1', '--rounds', '2', '--peers', values.peers]]),
  ...(values.peers === '' ? [] : [['transfer.mjs', '--size', '0.5', '--rounds', '3', '--peers', values.peers]]),
];

const deadline = performance.now() + Number(values.minutes) * 60_000;
rmSync(join(here, 'results'), { recursive: true, force: true });
for (const [script, ...args] of steps) {
  const left = deadline - performance.now();
  console.log(`\n${script} ${args.join(' ')} (${(left / 60_000).toFixed(1)} minutes left)`);
  if (left < 10_000) console.log('no time is left for it');
  else await run(script, args, left);
}
await run('report.mjs', [], 60_000);

/** Runs one benchmark; what fails or takes too long is left out of the page. */
async function run(script, args, milliseconds) {
  const child = spawn(process.execPath, [join(here, script), ...args], { stdio: 'inherit' });
  const timer = setTimeout(() => child.kill('SIGTERM'), milliseconds);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(timer);
  if (code !== 0) console.log(`${script} ended with ${code}`);
}
