// A service that runs eight pipelines at once, for as long as is asked for: what its event loop, its threads and its memory do.
// Threads and memory are read from outside (/proc), turns of the main thread by the event loop's own histogram. The Hub and
// the registry live in the parent, so that their work is not counted.
//
//   npm run bench:service -- [--minutes 5] [--pipelines 8] [--threads 2] [--memory 512MiB]
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    pipelines: { type: 'string', default: '8' },
    threads: { type: 'string', default: '2' },
    memory: { type: 'string', default: '512MiB' },
  },
});

if (process.send === undefined) await parent();
else await child();

async function parent() {
  const { buildLlama, startTestHub, startTestRegistry } = await import('../dist/lib/testing/index.js');
  const folder = await mkdtemp(join(tmpdir(), 'slipway-service-'));
  const registry = await startTestRegistry();
  const model = (seed) => buildLlama({ layers: 4, hidden: 1024, heads: 16, kvHeads: 4, vocab: 2000, seed });
  const count = Number(values.pipelines);
  const hub = await startTestHub({
    repositories: Object.fromEntries(Array.from({ length: count }, (_, index) => [`acme/m${index}`, model(index + 1)])),
  });
  const worker = fork(import.meta.filename, process.argv.slice(2), {
    env: { ...process.env, ...hub.env, BENCH_HOST: registry.host, BENCH_HOME: folder },
  });
  const samples = [];
  const sampler = setInterval(() => {
    const sample = lookAt(worker.pid);
    if (sample !== undefined) samples.push(sample);
  }, 200);
  const report = await new Promise((resolve) => worker.once('message', resolve));
  clearInterval(sampler);
  worker.kill();
  await Promise.all([hub.close(), registry.close()]);
  await rm(folder, { recursive: true, force: true });
  print(report, samples);
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

function print(report, samples) {
  const mib = (bytes) => `${(bytes / 1024 ** 2).toFixed(0)} MiB`;
  const peak = (part) => Math.max(...part.map(({ resident }) => resident));
  const warm = samples.slice(Math.floor(samples.length / 4));
  const half = Math.floor(warm.length / 2);
  const rows = [
    ['runs that ended', `${report.done} done, ${report.failed} failed, ${report.cancelled} cancelled at the end`],
    ['event loop, p50 / p99', `${report.p50.toFixed(1)} / ${report.p99.toFixed(1)} ms`],
    ['longest turn', `${report.longest.toFixed(0)} ms`],
    ['turns above 50 ms', String(report.above)],
    ['processor time of the main thread', `${(report.utilization * 100).toFixed(0)} %`],
    [
      'threads of the process, most',
      `${Math.max(...samples.map(({ threads }) => threads))} (idle ${samples[0]?.threads})`,
    ],
    [
      'resident memory, peak',
      `${mib(peak(samples))}; first half ${mib(peak(warm.slice(0, half)))}, second ${mib(peak(warm.slice(half)))}`,
    ],
    ['all cancelled and settled in', `${report.closing.toFixed(0)} ms`],
  ];
  for (const [name, value] of rows) console.log(`${name.padEnd(36)} ${value}`);
}

async function child() {
  const { convert, createSlipway, download, pack, pipeline, push } = await import('../dist/lib/index.js');
  const count = Number(values.pipelines);
  const slipway = createSlipway({
    env: process.env,
    limits: { memory: values.memory, threads: Number(values.threads), pipelines: count },
  });
  const until = performance.now() + Number(values.minutes) * 60_000;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const turns = { longest: 0, above: 0 };
  let last = performance.now();
  // A look every 5 ms that comes later than that waited for a turn.
  const looking = setInterval(() => {
    const now = performance.now();
    const turn = now - last - 5;
    last = now;
    turns.longest = Math.max(turns.longest, turn);
    if (turn > 50) turns.above += 1;
  }, 5);
  const counts = { done: 0, failed: 0, cancelled: 0 };
  const handles = new Set();
  const follow = async (index) => {
    for (let round = 0; performance.now() < until; round += 1) {
      const chain = pipeline(
        download(`hf://acme/m${index}`),
        convert({ quantize: [round % 2 === 0 ? 'Q4_K_M' : 'Q8_0'] }),
        pack(),
        // A new repository each time: nothing is there already.
        push(`${process.env.BENCH_HOST}/models/m${index}-${round}`, { reuse: false }),
      );
      const handle = slipway.run({ name: `m${index}`, pipeline: chain, store: 'none' });
      handles.add(handle);
      await handle.result.then(
        () => (counts.done += 1),
        (error) => (error.code === 'ABORTED' ? (counts.cancelled += 1) : ((counts.failed += 1), console.error(error))),
      );
      handles.delete(handle);
      if (counts.cancelled > 0) return;
    }
  };
  const used = performance.eventLoopUtilization();
  const all = Array.from({ length: count }, (_, index) => follow(index));
  await new Promise((resolve) => setTimeout(resolve, until - performance.now() - 200));
  clearInterval(looking);
  const utilization = performance.eventLoopUtilization(used).utilization;
  delay.disable();
  const closing = performance.now();
  await slipway.close();
  const closed = performance.now() - closing;
  await Promise.race([Promise.all(all), new Promise((resolve) => setTimeout(resolve, 2000))]);
  const ms = (nanoseconds) => nanoseconds / 1e6;
  process.send({
    ...counts,
    ...turns,
    p50: ms(delay.percentile(50)),
    p99: ms(delay.percentile(99)),
    utilization,
    closing: closed,
  });
}
