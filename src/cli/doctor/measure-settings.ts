import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { throwIfAborted } from '../../core/index.js';
import { createEncoderPool, engineNamed, nativeRefusals } from '../../quantize/index.js';
import { formatBytes } from '../../run/index.js';
import { table } from '../screen/text.js';
import type { Session } from '../session/session.js';

/** One setting that was tried. */
export interface Trial {
  readonly setting: 'engine' | 'threads' | 'disk';
  readonly value: string | number;
  /** Bytes of 32-bit weights encoded, or of a file written, in a second. */
  readonly bytesPerSecond: number;
}

/** What was tried, and what a configuration would say. */
export interface Measured {
  readonly trials: readonly Trial[];
  readonly best: { readonly engine: string; readonly threads: number };
}

const ROW = 4096;
const CHUNK_BYTES = 256 * ROW * 4;
/** The scalar twins are a hundred times slower, so that one chunk has to do. */
const CHUNKS: Readonly<Record<string, number>> = { native: 24, wasm: 24, js: 1 };
const FILE_BYTES = 64 * 1024 ** 2;

type Engine = 'native' | 'wasm' | 'js';

/** Encodes the same weights with every engine and with more and more threads, and writes a file where runs keep theirs. */
export async function measureSettings(session: Session): Promise<Measured> {
  const weights = sampleWeights();
  const engines: Engine[] = nativeRefusals().length === 0 ? ['native', 'wasm', 'js'] : ['wasm', 'js'];
  const trials: Trial[] = [];
  for (const engine of engines) {
    trials.push({ setting: 'engine', value: engine, bytesPerSecond: await encoded(session, engine, 1, weights) });
  }
  const engine = fastest(trials, 'engine', engines[0] ?? 'wasm');
  for (const threads of threadCounts()) {
    const speed = await encoded(session, engine as Engine, threads, weights);
    trials.push({ setting: 'threads', value: threads, bytesPerSecond: speed });
  }
  trials.push({ setting: 'disk', value: session.home, bytesPerSecond: await written(session.home, session.signal) });
  return { trials, best: { engine, threads: Number(fastest(trials, 'threads', '1')) } };
}

/** The trials, and the lines for a configuration. */
export function measuredText({ trials, best }: Measured): string {
  const rows = trials.map(({ setting, value, bytesPerSecond }) => [
    setting,
    String(value),
    `${formatBytes(bytesPerSecond)}/s`,
  ]);
  const lines = [`engine: ${best.engine}`, `limits: { threads: ${best.threads} }`];
  return [table(rows, [2]), '', 'fastest here, for a configuration:', ...lines.map((line) => `  ${line}`)].join('\n');
}

/** Fewer threads win where more are not worth a twentieth: they leave room for what else runs. */
function fastest(trials: readonly Trial[], setting: Trial['setting'], otherwise: string): string {
  const tried = trials.filter((trial) => trial.setting === setting);
  const best = Math.max(...tried.map(({ bytesPerSecond }) => bytesPerSecond));
  const found = tried.find(({ bytesPerSecond }) => bytesPerSecond >= best * 0.95);
  return found === undefined ? otherwise : String(found.value);
}

/** 1, 2, 4, … and what the machine has. */
function threadCounts(): readonly number[] {
  const most = availableParallelism();
  const counts = [];
  for (let threads = 1; threads < most; threads *= 2) counts.push(threads);
  return [...counts, most];
}

function sampleWeights(): Uint8Array {
  const values = Float32Array.from({ length: CHUNK_BYTES / 4 }, (_, index) => Math.sin(index * 0.7) * 0.1);
  return new Uint8Array(values.buffer);
}

async function encoded(session: Session, engine: Engine, threads: number, weights: Uint8Array): Promise<number> {
  const pool = createEncoderPool({ threads, engine: engineNamed(engine) ?? 'auto' });
  const once = async (): Promise<unknown> =>
    pool.encode({ from: 'F32', to: 'Q4_K', input: weights.slice(), rowLength: ROW, tensor: 'measure' }, session.signal);
  try {
    // The first starts the threads and compiles what they run.
    if (engine !== 'js') await Promise.all(Array.from({ length: threads }, once));
    const count = CHUNKS[engine] ?? 1;
    const begun = performance.now();
    await Promise.all(Array.from({ length: count }, once));
    return Math.round((count * CHUNK_BYTES * 1000) / (performance.now() - begun));
  } finally {
    await pool.close();
  }
}

async function written(home: string, signal: AbortSignal): Promise<number> {
  const parent = await mkdir(home, { recursive: true });
  const folder = await mkdtemp(join(home, 'doctor-'));
  try {
    const file = await open(join(folder, 'measure'), 'w');
    const bytes = new Uint8Array(4 * 1024 ** 2).fill(90);
    const begun = performance.now();
    for (let at = 0; at < FILE_BYTES; at += bytes.length) {
      throwIfAborted(signal);
      await file.write(bytes);
    }
    await file.datasync();
    await file.close();
    return Math.round((FILE_BYTES * 1000) / (performance.now() - begun));
  } finally {
    await rm(folder, { recursive: true, force: true });
    if (parent !== undefined) await rm(parent, { recursive: true, force: true });
  }
}
