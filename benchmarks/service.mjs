// A service that runs eight pipelines at once, for as long as is asked for: what its event loop, its threads and its memory do.
// Threads and memory are read from outside (/proc), turns of the main thread by the event loop's own histogram. The Hub and
// the registry are a process of their own; another one that does nothing but look at its own turns is the floor, what the
// machine's scheduling costs beside this load.
//
//   npm run bench:service -- [--minutes 5] [--pipelines 8] [--threads 2] [--memory 512MiB] [--profile DIRECTORY]
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { watchTurns } from './turns.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    pipelines: { type: 'string', default: '8' },
    threads: { type: 'string', default: '2' },
    memory: { type: 'string', default: '512MiB' },
    profile: { type: 'string' },
  },
});

if (process.send === undefined) await parent();
else await child();

async function parent() {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-service-'));
  const fakes = beside('service-fakes.mjs', values.pipelines);
  const [line] = await once(createInterface({ input: fakes.stdout }), 'line');
  const floor = beside('turns.mjs');
  const floorText = text(floor.stdout);
  const worker = fork(import.meta.filename, process.argv.slice(2), {
    env: { ...process.env, ...JSON.parse(line).env, BENCH_HOME: folder },
    execArgv: values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`],
  });
  const samples = [];
  const sampler = setInterval(() => {
    const sample = lookAt(worker.pid);
    if (sample !== undefined) samples.push(sample);
  }, 200);
  const [report] = await once(worker, 'message');
  clearInterval(sampler);
  floor.stdin.end();
  fakes.stdin.end();
  worker.disconnect();
  await Promise.all([once(worker, 'exit'), rm(folder, { recursive: true, force: true })]);
  print(report, samples, JSON.parse(await floorText));
}

/** A process of this folder at the same priority. */
function beside(script, ...args) {
  return spawn(process.execPath, [join(import.meta.dirname, script), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
}

function lookAt(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const number = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
    return { threads: number('Threads'), resident: number('VmRSS') * 1024 };
  } catch {
    return undefined;
  }
}

function print(report, samples, floor) {
  const mib = (bytes) => `${(bytes / 1024 ** 2).toFixed(0)} MiB`;
  const percent = (part) => `${(part * 100).toFixed(0)} %`;
  const peak = (part) => Math.max(...part.map(({ resident }) => resident));
  const warm = samples.slice(Math.floor(samples.length / 4));
  const half = Math.floor(warm.length / 2);
  const loop = ({ p50, p99 }) => `${p50.toFixed(1)} / ${p99.toFixed(1)} ms`;
  const rows = [
    ['', 'the service', 'the floor'],
    ['runs that ended', `${report.done} done, ${report.failed} failed, ${report.cancelled} cancelled at the end`, ''],
    ['event loop, p50 / p99', loop(report), loop(floor)],
    ['longest turn', `${report.longest.toFixed(0)} ms`, `${floor.longest.toFixed(0)} ms`],
    ['turns above 50 ms', `${report.above}, ${report.starved} of them for want of a core`, String(floor.above)],
    ['main thread busy', percent(report.utilization), percent(floor.utilization)],
    ['main thread without a core', percent(report.waiting), percent(floor.waiting)],
    [
      'threads of the process, most',
      `${Math.max(...samples.map(({ threads }) => threads))} (idle ${samples[0]?.threads})`,
      '',
    ],
    [
      'resident memory, peak',
      `${mib(peak(samples))}; first half ${mib(peak(warm.slice(0, half)))}, second ${mib(peak(warm.slice(half)))}`,
      values.memory,
    ],
    ['all cancelled and settled in', `${report.closing.toFixed(0)} ms`, ''],
  ];
  for (const [name, service, limit] of rows) console.log(`${name.padEnd(30)} ${service.padEnd(46)} ${limit}`.trimEnd());
}

async function child() {
  const { convert, createSlipway, download, pack, pipeline, push } = await import('../dist/lib/index.js');
  const count = Number(values.pipelines);
  const slipway = createSlipway({
    env: process.env,
    limits: { memory: values.memory, threads: Number(values.threads), pipelines: count },
  });
  const until = performance.now() + Number(values.minutes) * 60_000;
  const endWatch = watchTurns();
  const counts = { done: 0, failed: 0, cancelled: 0 };
  const follow = async (index) => {
    for (let round = 0; performance.now() < until; round += 1) {
      const chain = pipeline(
        download(`hf://acme/m${index}`),
        convert({ quantize: [round % 2 === 0 ? 'Q4_K_M' : 'Q8_0'] }),
        pack(),
        // A new repository each time: nothing is there already.
        push(`${process.env.BENCH_HOST}/models/m${index}-${round}`, { reuse: false }),
      );
      await slipway.run({ name: `m${index}`, pipeline: chain, store: 'none' }).result.then(
        () => (counts.done += 1),
        (error) => (error.code === 'ABORTED' ? (counts.cancelled += 1) : ((counts.failed += 1), console.error(error))),
      );
      if (counts.cancelled > 0) return;
    }
  };
  const all = Array.from({ length: count }, (_, index) => follow(index));
  await new Promise((resolve) => setTimeout(resolve, until - performance.now() - 200));
  const turns = endWatch();
  const closing = performance.now();
  await slipway.close();
  const closed = performance.now() - closing;
  await Promise.race([Promise.all(all), new Promise((resolve) => setTimeout(resolve, 2000))]);
  process.send({ ...counts, ...turns, closing: closed });
  process.once('disconnect', () => process.exit(0));
}
