// What all benchmarks share: whole commands run in turn (A B A B …), medians, peak memory, the machine's facts, and a
// result as JSON and as a picture. No verdict: it prints numbers.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function machineFacts() {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}

/**
 * Runs a command to its end. Resolves with wall seconds and peak resident memory in bytes (Linux; elsewhere undefined).
 * @param {string[]} command
 * @param {{ env?: Record<string, string>, cwd?: string }} [options]
 */
export async function measure([file, ...args], options = {}) {
  const started = performance.now();
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
    env: { ...process.env, ...options.env },
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  let peak;
  const timer = setInterval(() => {
    const now = highWater(child.pid);
    if (now !== undefined) peak = Math.max(peak ?? 0, now);
  }, 25);
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearInterval(timer);
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} exited ${code}\n${output.slice(-2000)}`);
  return { seconds: (performance.now() - started) / 1000, peak, output };
}

function highWater(pid) {
  try {
    const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match === null ? undefined : Number(match[1]) * 1024;
  } catch {
    return undefined;
  }
}

/**
 * Runs the cases in turn, `rounds` times after one warm-up, and gives each one's medians.
 * @param {{ name: string, before?: () => unknown, run: () => Promise<{ seconds: number, peak?: number }> }[]} cases
 */
export async function interleave(cases, rounds) {
  const samples = new Map(cases.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const { name, before, run } of cases) {
      await before?.();
      settleDisk();
      const sample = await run();
      if (round >= 0) samples.get(name).push(sample);
    }
  }
  return cases.map(({ name }) => summary(name, samples.get(name)));
}

/** Nobody waits for what the case before has left to be written. */
function settleDisk() {
  spawnSync('sync');
}

function summary(name, runs) {
  const seconds = runs.map((run) => run.seconds);
  const peaks = runs.map((run) => run.peak).filter((peak) => peak !== undefined);
  return {
    name,
    seconds: median(seconds),
    min: Math.min(...seconds),
    max: Math.max(...seconds),
    ...(peaks.length === 0 ? {} : { peak: median(peaks) }),
  };
}

/** Writes `benchmarks/results/NAME.json` and `.svg`, and says where. */
export function publish(name, rows, extra = {}) {
  publishData(name, { machine: machineFacts(), ...extra, rows }, bars(name, rows));
}

/** The same for figures of another kind, with their picture if there is one. */
export function publishData(name, result, picture) {
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ benchmark: name, ...result }, null, 2)}\n`);
  if (picture !== undefined) writeFileSync(join(folder, `${name}.svg`), picture);
  console.log(`written: benchmarks/results/${name}.json${picture === undefined ? '' : `, ${name}.svg`}`);
}

/** Horizontal bars, one a row: the median, with a line from minimum to maximum. */
function bars(title, rows) {
  const widest = Math.max(...rows.map((row) => row.max));
  const x = (seconds) => 380 + (seconds / widest) * 420;
  const lines = rows.map((row, index) => {
    const y = 50 + index * 34;
    const color = /^(slipway|pipeline|a plan|a small model)/.test(row.name) ? '#2a78b8' : '#b0b7c0';
    return `<text x="370" y="${y + 15}" text-anchor="end">${escaped(row.name)}</text>
<rect x="380" y="${y}" width="${x(row.seconds) - 380}" height="22" rx="3" fill="${color}"/>
<line x1="${x(row.min)}" x2="${x(row.max)}" y1="${y + 11}" y2="${y + 11}" stroke="#222"/>
<text x="${x(row.max) + 8}" y="${y + 15}">${row.seconds.toFixed(2)} s</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 ${70 + rows.length * 34}" font-family="system-ui, sans-serif" font-size="13">
<rect width="100%" height="100%" fill="white"/>
<text x="20" y="28" font-size="16" font-weight="600">${escaped(title)}: median seconds, less is better</text>
${lines.join('\n')}
</svg>
`;
}

/** Horizontal bars in pairs: our million weights a second, and the peer's, each type by its own scale. */
export function rateBars(rows) {
  const lines = rows.map(({ name, ours, theirs }, index) => {
    const y = 50 + index * 30;
    const bar = (value, at, color) =>
      `<rect x="200" y="${at}" width="${(value / Math.max(ours, theirs ?? 0)) * 380}" height="11" fill="${color}"/>`;
    const ratio = theirs === undefined ? '' : `, ${(ours / theirs).toFixed(2)} x`;
    return `<text x="190" y="${y + 15}" text-anchor="end">${escaped(name)}</text>${bar(ours, y, '#2a78b8')}${
      theirs === undefined ? '' : bar(theirs, y + 12, '#b0b7c0')
    }<text x="590" y="${y + 15}">${ours.toFixed(1)}${ratio}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 780 ${70 + rows.length * 30}" font-family="system-ui, sans-serif" font-size="13">
<rect width="100%" height="100%" fill="white"/>
<text x="20" y="28" font-size="16" font-weight="600">million weights a second on one core: ours, and ggml's in grey</text>
${lines.join('\n')}
</svg>
`;
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

export function mebibytes(bytes) {
  return bytes === undefined ? '-' : `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
