import type { DeployTarget } from '../deployed.js';
import { llamaServer } from '../llama-server.js';
import type { DeployOptions } from '../deployment-request.js';
import {
  artifactVolume,
  imageVolume,
  imageVolumes,
  initStorage,
  MODEL_DIRECTORY,
  type ModelStorage,
} from '../storage.js';
import type { ServedModel } from '../served-model.js';
import { vllmServer } from '../vllm.js';
import { workload } from '../workload.js';

/** vLLM, whatever way the files get there. */
export const vllm: DeployTarget = {
  name: 'vllm',
  summary: 'Deployment and Service of vLLM (safetensors; GGUF with an image that has the plugin)',
  build: (model, options) => {
    const server = vllmServer('vllm', model, MODEL_DIRECTORY, options);
    return workload('vllm', model, { server, storage: fittingStorage(model, options) }, options);
  },
};

/** llama.cpp's server, whatever way the files get there. */
export const llamaCpp: DeployTarget = {
  name: 'llama-server',
  summary: "Deployment and Service of llama.cpp's server (GGUF: text, embeddings, reranking, images, adapters)",
  build: (model, options) => {
    const server = llamaServer('llama-server', model, MODEL_DIRECTORY, options);
    return workload('llama-server', model, { server, storage: fittingStorage(model, options) }, options);
  },
};

/** Mounted where the cluster can, pulled where it cannot. */
function fittingStorage(model: ServedModel, options: DeployOptions): ModelStorage {
  const cluster = options.cluster ?? {};
  const target = 'llama-server';
  if (imageVolumes(model, cluster, options).ok) return imageVolume(target, model, options);
  if (cluster.crio !== undefined) {
    try {
      return artifactVolume(target, model, options);
    } catch {
      // Not mountable there: it is pulled.
    }
  }
  return initStorage(model, options);
}
