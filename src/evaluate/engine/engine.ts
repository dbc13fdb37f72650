import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { assetPath, SlipwayError } from '../../core/index.js';
import { findAddon, findLlamaCpp, type FoundLibrary, type LlamaEnvironment } from '../../quantize/index.js';
import type { LlamaFacts, LlamaSetup } from '../../../workers/llama-addon.js';
import { FLASH_ATTENTION, PURPOSES } from '../../../workers/llama-addon.js';
import { Child, ChildError } from './child.js';
import type { LoadOptions } from './load-options.js';
import { LlamaModel } from './model.js';
import { engineRefusal } from './refused.js';

/** What computes, as a result names it. */
export interface EngineFacts {
  readonly name: 'llama.cpp';
  readonly version: string;
  readonly commit: string;
  readonly ggmlVersion: string;
  /** The code that computes: `haswell`, `x64`; empty where it is built in. */
  readonly cpuPlugin: string;
  /** Where the library comes from: `SLIPWAY_LLAMA_CPP`, an npm package, `the system`. */
  readonly package: string;
}

export interface EngineOptions {
  /** Names the library: `SLIPWAY_LLAMA_CPP`. Without it npm's package and the system's are looked for. */
  readonly env?: LlamaEnvironment;
  /** Bytes of memory for text, logits and graphs; weights are mapped and do not count. */
  readonly memory?: number;
  /** Seconds that one batch of text may take; an hour unless given. */
  readonly patience?: number;
}

/** Tokens given to the library at once and computed at once: llama-perplexity's own. */
export const BATCH = 2048;
export const MICRO_BATCH = 512;
const PATIENCE_S = 3600;

/**
 * A llama.cpp in a process of its own. Loading and decoding throw `MODEL_INVALID` for what the library refuses,
 * `WORKER_DIED` when the process ended, `MEMORY_LIMIT`, `ABORTED`. `close` ends the process and waits for its end.
 */
export class Engine {
  readonly facts: EngineFacts;
  readonly #child: Child;

  private constructor(child: Child, facts: EngineFacts) {
    this.#child = child;
    this.facts = facts;
  }

  /**
   * Finds the library and the binding, starts the process and lets it open the library, which is checked before
   * anything that could break is called. Throws `KERNEL_UNAVAILABLE` with what was found and what to install.
   */
  static async open(options: EngineOptions = {}, signal?: AbortSignal): Promise<Engine> {
    const env = options.env ?? {};
    const found = findLlamaCpp(env, 'llama');
    const setup: LlamaSetup = {
      addon: findAddon(),
      library: found.path,
      anyVersion: env['SLIPWAY_LLAMA_CPP_ANY_VERSION'] === '1',
      memory: options.memory,
    };
    const child = new Child({
      script: assetPath('llama-process.js'),
      name: 'the process that runs the model',
      env,
      patience: (options.patience ?? PATIENCE_S) * 1000,
    });
    try {
      const info = await child.request('open', [{ ...setup }], 'opening the library', signal);
      return new Engine(child, factsOf(info as unknown as Opened, found));
    } catch (error) {
      await child.close();
      throw unusable(error, found);
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get alive(): boolean {
    return this.#child.alive;
  }

  /** Loads a GGUF. */
  async load(path: string, options: LoadOptions, signal?: AbortSignal): Promise<LlamaModel> {
    const sizes = [
      options.contextSize,
      options.sequences ?? 1,
      options.batch ?? BATCH,
      options.microBatch ?? MICRO_BATCH,
      options.threads ?? availableParallelism(),
      FLASH_ATTENTION[options.flashAttention ?? 'auto'],
      PURPOSES[options.purpose ?? 'logits'],
    ];
    const name = basename(path);
    try {
      const what = `the loading of '${name}'`;
      const id = (await this.#child.request('load', [path, ...sizes], what, signal)) as number;
      const facts = (await this.#child.request('facts', [id], what, signal)) as unknown as LlamaFacts;
      return new LlamaModel(this.#child, { id, name, facts, options });
    } catch (error) {
      throw engineRefusal(error, name);
    }
  }

  async close(): Promise<void> {
    await this.#child.close();
  }
}

interface Opened {
  readonly version: string;
  readonly ggmlVersion: string;
  readonly commit: string;
  readonly objects: readonly string[];
}

function factsOf({ version, ggmlVersion, commit, objects }: Opened, found: FoundLibrary): EngineFacts {
  const plugin = objects.map((path) => /libggml-cpu-([\w-]+?)\.(so|dylib)/.exec(path)?.[1]).find((name) => name);
  return { name: 'llama.cpp', version, commit, ggmlVersion, cpuPlugin: plugin ?? '', package: found.origin };
}

function unusable(error: unknown, found: FoundLibrary): unknown {
  if (!(error instanceof ChildError) && !(SlipwayError.is(error) && error.code === 'WORKER_DIED')) return error;
  const got = error instanceof ChildError ? error.message : (error.details.got ?? error.message);
  // A library ends its process in many ways, but not in these: it was ended from outside.
  if (!(error instanceof ChildError) && /^SIG(?:KILL|TERM|INT)\b/.test(got)) return error;
  return new SlipwayError('KERNEL_UNAVAILABLE', 'the llama.cpp library cannot be used', {
    where: found.path,
    got,
    try: ['SLIPWAY_LLAMA_CPP with the library of llama.cpp 0.5.0', 'pipeline doctor'],
  });
}
