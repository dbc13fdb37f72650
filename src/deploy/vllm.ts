import { cannotDeploy } from './refuse.js';
import { weightsText } from './llama-server.js';
import type { DeployOptions } from './deployment-request.js';
import { loadSeconds, type ServerPlan } from './server.js';
import { servedBytes, filesOf, type ServedModel } from './served-model.js';
import { mib } from './deploy-settings.js';

const IMAGE = 'docker.io/vllm/vllm-openai:v0.33.0';
const PORT = 8000;
const GIB = 1024 * 1024 * 1024;
const USUAL_CONTEXT = 8192;
/** Python, CUDA's libraries and the scheduler of a vLLM server, on the machine's own memory. */
const PROCESS_BYTES = 4 * GIB;

/** Which GGUFs vLLM can serve at all: since 0.24.0 with a plugin, in an image that has it. */
const PLUGIN = 'vllm-gguf-plugin';

/** What `vllm serve` is started with for a model whose files lie in `directory`. */
export function vllmServer(target: string, model: ServedModel, directory: string, options: DeployOptions): ServerPlan {
  requireServable(target, model, options);
  const gpus = options.gpus ?? 1;
  const weights = filesOf(model, 'weights');
  const largest = Math.max(0, ...weights.map(({ size }) => size));
  const request = Math.ceil((PROCESS_BYTES + (gpus > 0 ? largest : servedBytes(weights) * 1.2)) / GIB) * GIB;
  const length = Math.min(model.contextLength ?? USUAL_CONTEXT, options.contextSize ?? USUAL_CONTEXT);
  return {
    kind: 'vllm',
    image: options.image ?? IMAGE,
    command: ['vllm', 'serve'],
    args: vllmArguments(model, directory, { length, gpus, slots: options.slots }),
    env: VLLM_ENVIRONMENT,
    port: PORT,
    health: '/health',
    memory: { request, limit: request * 2 },
    cpus: 4,
    gpus,
    loadSeconds: loadSeconds(servedBytes(weights)) + 300,
    sharedMemory: 2 * GIB,
    reasons: [
      model.weights === 'safetensors'
        ? 'vLLM: the weights are safetensors'
        : `vLLM with the GGUF plugin of the image ${options.image ?? ''}`,
      `context of ${length} tokens${model.contextLength === undefined ? '' : ` of the ${model.contextLength} that the model was trained for`}`,
      `memory ${mib(request)} on the machine and ${gpus} GPU${gpus === 1 ? '' : 's'} for ${mib(servedBytes(weights))} of weights`,
    ],
    warnings: [
      ...(options.image === undefined
        ? [`pin the image by digest: --image ${IMAGE.replace(/:[^:]*$/, '')}@sha256:…`]
        : []),
      ...(model.weights === 'gguf'
        ? [
            `vLLM reads GGUF only with ${PLUGIN} in the image; it cannot be checked from here`,
            ...tokenizerWarning(model),
          ]
        : []),
    ],
  };
}

function tokenizerWarning(model: ServedModel): string[] {
  return hasTokenizer(model)
    ? []
    : ['no tokenizer.json beside the GGUF: vLLM makes one of the GGUF, slowly and not always well'];
}

function hasTokenizer({ files }: ServedModel): boolean {
  return files.some(({ path }) => path === 'tokenizer.json' || path === 'tokenizer.model');
}

/** Everything that it writes lies below one folder that can be written. */
const VLLM_ENVIRONMENT = {
  HOME: '/tmp',
  HF_HOME: '/tmp/huggingface',
  HF_HUB_OFFLINE: '1',
  TORCHINDUCTOR_CACHE_DIR: '/tmp/torchinductor',
  TRITON_CACHE_DIR: '/tmp/triton',
  // torch asks for a user's name, and an arbitrary user id has none.
  USER: 'vllm',
  VLLM_CACHE_ROOT: '/tmp/vllm',
  VLLM_NO_USAGE_STATS: '1',
  XDG_CACHE_HOME: '/tmp/cache',
};

/** Arguments of `vllm serve`; the model is the directory, or the one file of a GGUF. */
export function vllmArguments(
  model: ServedModel,
  directory: string,
  { length, gpus, slots }: { readonly length: number; readonly gpus: number; readonly slots?: number | undefined },
): string[] {
  const [first] = filesOf(model, 'weights');
  const isGguf = model.weights === 'gguf';
  const hasConfig = model.files.some(({ path }) => path === 'config.json');
  return [
    isGguf ? `${directory}/${first?.path ?? ''}` : directory,
    ...(isGguf && hasTokenizer(model) ? ['--tokenizer', directory] : []),
    ...(isGguf && hasConfig ? ['--hf-config-path', directory] : []),
    ...(isGguf ? ['--dtype', 'float16'] : []),
    '--served-model-name',
    model.name,
    '--host',
    '0.0.0.0',
    '--port',
    String(PORT),
    '--max-model-len',
    String(length),
    ...(slots === undefined ? [] : ['--max-num-seqs', String(slots)]),
    ...(gpus > 1 ? ['--tensor-parallel-size', String(gpus)] : []),
    ...(model.task === 'generate' ? [] : ['--runner', 'pooling']),
  ];
}

/** Refuses what vLLM cannot load. Throws `USAGE`. */
export function requireServable(target: string, model: ServedModel, options: DeployOptions): void {
  if (model.weights === 'safetensors') return;
  if (model.weights === 'gguf' && options.image !== undefined) return;
  if (model.weights === 'gguf') {
    throw cannotDeploy(
      target,
      `vLLM reads GGUF only with ${PLUGIN} installed (since 0.24.0), and its own image has no plugin`,
      ['--target llama-server', `--image YOUR-IMAGE@sha256:…   (an image of vLLM with ${PLUGIN})`],
    );
  }
  throw cannotDeploy(target, `the artifact holds ${weightsText(model)}`, ['an artifact with safetensors or a GGUF']);
}
