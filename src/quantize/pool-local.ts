import { throwIfAborted } from '../core/index.js';
import { encodeRows } from '../../workers/encode-rows.js';
import type { Engine } from '../../workers/engine.js';
import { engineMaker } from '../../workers/engines.js';
import type { EngineChoice } from '../../workers/messages.js';
import type { RowEncoder } from './encoder.js';
import type { LlamaEnvironment } from './llama-library.js';
import { prepareSetup } from './pool-kernels.js';
import { toRows, toTask } from './pool-task.js';

/** Encodes on the calling thread: for tests and tiny models. `env` names the library of the engine `llama.cpp`. */
export function createLocalEncoder(engine: EngineChoice = 'auto', env: LlamaEnvironment = {}): RowEncoder {
  let engines: Promise<readonly Engine[]> | undefined;
  return {
    width: 1,
    async encode(job, signal) {
      throwIfAborted(signal);
      const task = toTask(job);
      engines ??= prepareSetup(engine, env).then((setup) => engineMaker(setup)());
      const outcome = encodeRows(await engines, task);
      if (outcome.kind === 'encoded' && outcome.rounding !== undefined) job.compare?.add(outcome.rounding);
      return toRows(job, outcome);
    },
  };
}
