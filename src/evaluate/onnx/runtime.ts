import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SlipwayError } from '../../core/index.js';
import { Child, ChildError } from '../engine/child.js';
import type { StagedModel } from './staged-model.js';
import type { OnnxTensor } from './tensor-values.js';

/** Before this, a file could make the runtime read others. */
const LEAST: readonly [number, number] = [1, 30];
const PATIENCE_S = 600;
const MIB = 1024 * 1024;
/** Memory beside a model's weights. */
const ROOM = 2048 * MIB;
const WATCH_MS = 250;

export interface OnnxEngineFacts {
  readonly name: 'onnxruntime';
  readonly version: string;
}

export interface OnnxRuntimeOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where the empty directory is made that the process starts in. */
  readonly temporary: string;
  /** Bytes of memory that the process may take; 2 GiB and six times the weights unless given. */
  readonly memory?: number;
  /** Seconds that one answer may take; ten minutes unless given. */
  readonly patience?: number;
}

/** The runtime that is installed beside this package. Throws `KERNEL_UNAVAILABLE`. */
export function findOnnxRuntime(): { readonly path: string; readonly version: string } {
  const require = createRequire(import.meta.url);
  let path: string;
  try {
    path = require.resolve('onnxruntime-node');
  } catch {
    throw unavailable('onnxruntime-node is not installed', 'not found beside this package');
  }
  const version = versionOf(path);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return { path, version };
  throw unavailable('onnxruntime-node is too old', `${version}: a model could make it read other files`);
}

function versionOf(path: string): string {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) continue;
    const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown; version?: unknown };
    if (name === 'onnxruntime-node' && typeof version === 'string') return version;
  }
  return '0';
}

/** onnxruntime in a process of its own, which starts in an empty directory and is bounded in time and memory. */
export class OnnxRuntime {
  readonly facts: OnnxEngineFacts;
  readonly #child: Child;
  readonly #directory: string;
  readonly #memory: number | undefined;
  #allowed = ROOM;
  #watch: NodeJS.Timeout | undefined;

  private constructor(child: Child, version: string, directory: string, memory: number | undefined) {
    this.#child = child;
    this.#directory = directory;
    this.#memory = memory;
    this.facts = { name: 'onnxruntime', version };
    this.#watch = setInterval(() => this.#checkMemory(), WATCH_MS);
    this.#watch.unref();
  }

  /** Throws `KERNEL_UNAVAILABLE` with what to install. */
  static async open(options: OnnxRuntimeOptions, signal?: AbortSignal): Promise<OnnxRuntime> {
    const { path, version } = findOnnxRuntime();
    const directory = await mkdtemp(join(options.temporary, 'slipway-empty-'));
    const child = new Child({
      script: createRequire(import.meta.url).resolve('#workers/onnx-process.js'),
      name: 'the process that runs the ONNX model',
      env: options.env ?? {},
      directory,
      patience: (options.patience ?? PATIENCE_S) * 1000,
    });
    const runtime = new OnnxRuntime(child, version, directory, options.memory);
    try {
      await child.request('open', [path], 'opening onnxruntime', signal);
      return runtime;
    } catch (error) {
      await runtime.close();
      throw error instanceof ChildError ? unavailable('onnxruntime-node cannot be loaded', error.message) : error;
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Loads a model and returns its number. Throws `MODEL_INVALID` for what the runtime refuses. */
  async load({ path, model, source }: StagedModel, signal?: AbortSignal): Promise<number> {
    this.#allowed += 6 * model.weightBytes;
    return (await this.#call('load', [source], path, signal)) as number;
  }

  async run(
    session: number,
    inputs: readonly OnnxTensor[],
    path: string,
    signal?: AbortSignal,
  ): Promise<readonly OnnxTensor[]> {
    return (await this.#call('run', [session, inputs as never], path, signal)) as unknown as readonly OnnxTensor[];
  }

  /** Ends the process and removes its directory. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    this.#watch = undefined;
    await this.#child.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #call(method: string, values: Parameters<Child['request']>[1], path: string, signal?: AbortSignal) {
    try {
      return await this.#child.request(method, values, `'${method}' of '${path}'`, signal);
    } catch (error) {
      if (!(error instanceof ChildError)) throw error;
      throw new SlipwayError('MODEL_INVALID', `onnxruntime refuses '${path}'`, { where: path, got: error.message });
    }
  }

  /** Linux tells what a process takes; elsewhere time is the bound. */
  #checkMemory(): void {
    const limit = this.#memory ?? this.#allowed;
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
      const resident = Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
      if (resident > limit)
        this.#child.kill(`it took ${Math.round(resident / MIB)} MiB, ${Math.round(limit / MIB)} are allowed`);
    } catch {
      // It has ended, or this is no Linux.
    }
  }
}

function unavailable(message: string, got: string): SlipwayError {
  return new SlipwayError('KERNEL_UNAVAILABLE', message, {
    got,
    try: 'ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@1.30   (without the variable it fetches CUDA)',
  });
}
