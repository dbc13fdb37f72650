// Processor time and memory of `pipeline evaluate` and `pipeline imatrix` beside llama-perplexity and llama-imatrix, in
// turns, on the same library and CPU plug-in. The tools are built as test/oracle/evaluate.sh says.
//   npm run bench:evaluate -- --tools DIR --base f32.gguf --candidate q4.gguf --text FILE [--chunks 4] [--rounds 2]
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machineFacts, measure, median, mebibytes } from './harness.mjs';

const { values } = parseArgs({
  options: {
    tools: { type: 'string' },
    base: { type: 'string' },
    candidate: { type: 'string' },
    text: { type: 'string' },
    context: { type: 'string', default: '512' },
    chunks: { type: 'string', default: '4' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '2' },
    only: { type: 'string', default: 'evaluate,imatrix' },
  },
});
for (const name of ['tools', 'base', 'candidate', 'text']) {
  if (values[name] === undefined) throw new Error(`--${name} is missing`);
}
const { tools, base, candidate, text, context, chunks, threads } = values;
const scratch = mkdtempSync(join(tmpdir(), 'slipway-evaluate-'));
const [kld, matrix] = [join(scratch, 'base.kld'), join(scratch, 'imatrix.gguf')];
const env = { SLIPWAY_LLAMA_CPP: tools };
const cli = [process.execPath, join(import.meta.dirname, '../dist/lib/cli/main.js')];
const limits = ['--threads', threads, '--progress', 'none'];
const sizes = ['--context', context, '--chunks', chunks];
const perplexity = [join(tools, 'llama-perplexity'), '-c', context, '-t', threads];

/** Seconds of processor time of a command and all that it starts; bytes that its processes have at most together. */
async function cost(command) {
  // Bash counts what its children's children took.
  const script = 'TIMEFORMAT="cpu %U %S"; time "$@"';
  const watch = watchMemory();
  const { output } = await measure(['bash', '-c', script, 'bash', ...command], { env });
  const [, user, system] = /cpu ([\d.]+) ([\d.]+)\s*$/.exec(output) ?? [];
  return { cpu: Number(user) + Number(system), peak: watch() };
}

/** Adds up the resident memory of all processes below this one, again and again. */
function watchMemory() {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, below(process.pid));
  }, 50);
  return () => {
    clearInterval(timer);
    return most;
  };
}

function below(root) {
  const parents = new Map();
  const sizesOf = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      parents.set(Number(pid), Number(/PPid:\s+(\d+)/.exec(status)?.[1]));
      sizesOf.set(Number(pid), Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024);
    } catch {
      // It ended meanwhile.
    }
  }
  const isBelow = (pid) => pid !== undefined && pid > 1 && (parents.get(pid) === root || isBelow(parents.get(pid)));
  return [...sizesOf].filter(([pid]) => isBelow(pid)).reduce((sum, [, size]) => sum + size, 0);
}

const cases = {
  evaluate: {
    'llama-perplexity, twice': [
      [...perplexity, '-m', base, '-f', text, '--chunks', chunks, '--kl-divergence-base', kld],
      [...perplexity, '-m', candidate, '--kl-divergence', '--kl-divergence-base', kld],
    ],
    'pipeline evaluate': [[...cli, 'evaluate', candidate, '--against', base, '--text', text, ...sizes, ...limits]],
  },
  imatrix: {
    'llama-imatrix': [
      [
        join(tools, 'llama-imatrix'),
        '-m',
        base,
        '-f',
        text,
        '-c',
        context,
        '--chunks',
        chunks,
        '-t',
        threads,
        '-o',
        matrix,
      ],
    ],
    'pipeline imatrix': [[...cli, 'imatrix', base, '--text', text, ...sizes, ...limits, '-o', matrix]],
  },
};

console.log(JSON.stringify(machineFacts()));
console.log(`both models: ${mebibytes(statSync(base).size + statSync(candidate).size)}`);
try {
  for (const part of values.only.split(',')) {
    const samples = new Map(Object.keys(cases[part]).map((name) => [name, []]));
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const [name, commands] of Object.entries(cases[part])) {
        rmSync(matrix, { force: true });
        const costs = [];
        for (const command of commands) costs.push(await cost(command));
        const cpu = costs.reduce((sum, one) => sum + one.cpu, 0);
        samples.get(name).push({ cpu, peak: Math.max(...costs.map((one) => one.peak)) });
      }
    }
    const [reference, ours] = [...samples].map(([name, all]) => {
      const [cpu, peak] = [median(all.map((one) => one.cpu)), median(all.map((one) => one.peak))];
      console.log(`${name.padEnd(26)} ${cpu.toFixed(2)} s of processor time   at most ${mebibytes(peak)}`);
      return cpu;
    });
    console.log(`${part}: ${(ours / reference).toFixed(3)} of the reference's processor time`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
