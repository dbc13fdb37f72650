import { llamaServer } from './llama-server.js';
import type { DeployOptions } from './deployment-request.js';
import type { ServerPlan } from './server.js';
import type { ServedModel } from './served-model.js';
import { vllmServer } from './vllm.js';

/** The server that fits the weights: llama.cpp for GGUF, vLLM for safetensors. Throws `USAGE` when none does. */
export function fittingServer(
  target: string,
  model: ServedModel,
  directory: string,
  options: DeployOptions,
): ServerPlan {
  return model.weights === 'gguf'
    ? llamaServer(target, model, directory, options)
    : vllmServer(target, model, directory, options);
}
