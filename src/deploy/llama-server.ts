import { cannotDeploy } from './refuse.js';
import type { DeployOptions } from './deployment-request.js';
import { loadSeconds, type ServerPlan } from './server.js';
import { servedBytes, filesOf, type ServedModel } from './served-model.js';
import { servedCompanions, mib, PROCESS_BYTES, settingsFor, type ServerSettings } from './deploy-settings.js';

/** llama.cpp's own images; the tags move with every build. */
const IMAGE = 'ghcr.io/ggml-org/llama.cpp:server';
const GPU_IMAGE = 'ghcr.io/ggml-org/llama.cpp:server-cuda';
const PORT = 8080;
/** Prompts of earlier requests that the server keeps in memory; its own default is 8 GiB. */
const PROMPT_CACHE_MIB = 256;
const MIB = 1024 * 1024;
/** Room above what was computed: file cache, allocator. */
const MARGIN = 1.15;

/** What llama-server is started with for a GGUF whose files lie in `directory` (llama.cpp, tools/server/README.md). */
export function llamaServer(
  target: string,
  model: ServedModel,
  directory: string,
  options: DeployOptions,
  as: { readonly host?: string; readonly alias?: string } = {},
): ServerPlan {
  requireGguf(target, model, options);
  const settings = settingsFor(model, options);
  const gpus = options.gpus ?? 0;
  const generates = model.task === 'generate';
  const promptCache = generates ? PROMPT_CACHE_MIB * MIB : 0;
  const request = Math.ceil((settings.estimate.total + PROCESS_BYTES + promptCache) / MIB) * MIB;
  const weights = servedBytes(filesOf(model, 'weights'));
  return {
    kind: 'llama.cpp',
    image: options.image ?? (gpus > 0 ? GPU_IMAGE : IMAGE),
    args: [
      ...modelArguments(model, directory, as.alias ?? model.name),
      '--host',
      as.host ?? '0.0.0.0',
      '--port',
      String(PORT),
      ...sizeArguments(settings),
      ...taskArguments(model),
      '--cache-ram',
      String(promptCache / MIB),
      ...(gpus > 0 ? ['--n-gpu-layers', '999'] : []),
      '--metrics',
    ],
    // Both would be below a home that cannot be written.
    env: { HOME: '/tmp', LLAMA_CACHE: '/tmp/llama.cpp' },
    port: PORT,
    health: '/health',
    memory: { request, limit: Math.ceil((request * MARGIN) / MIB) * MIB },
    cpus: 2,
    gpus,
    loadSeconds: loadSeconds(weights),
    settings,
    reasons: [
      `llama.cpp's server: the weights are GGUF${taskReason(model)}`,
      ...settings.reasons,
      `memory ${mib(request)}: weights ${mib(settings.estimate.weights)}, KV cache ${mib(settings.estimate.cache + settings.estimate.state)}, compute ${mib(settings.estimate.compute + settings.estimate.output)}, server ${mib(PROCESS_BYTES + promptCache)}`,
    ],
    warnings: [
      ...(options.image === undefined
        ? [`the tag of ${gpus > 0 ? GPU_IMAGE : IMAGE} moves: pin it with --image NAME@sha256:…`]
        : []),
      ...(generates && !model.chatTemplate
        ? ['the model has no chat template: /v1/chat/completions falls back to a generic one']
        : []),
    ],
  };
}

/** Refuses what llama.cpp cannot load. Throws `USAGE`. */
export function requireGguf(target: string, model: ServedModel, options: DeployOptions): void {
  if (model.weights === 'gguf') return;
  const reference = options.reference ?? model.pinned;
  const isConvertible = model.weights === 'safetensors';
  throw cannotDeploy(
    target,
    `llama.cpp reads GGUF, and the artifact holds ${weightsText(model)}`,
    isConvertible
      ? [
          '--target vllm',
          `pipeline pull ${reference} ./model && pipeline convert ./model --quantize Q4_K_M -o model.gguf`,
        ]
      : ['an artifact with a GGUF'],
  );
}

/** What the weights are, in words. */
export function weightsText({ weights }: ServedModel): string {
  return weights === 'other' ? 'no weights that a language server reads' : weights;
}

function taskReason({ task, files }: ServedModel): string {
  const extra = [
    task === 'embed' ? 'an embedding model' : task === 'rerank' ? 'a reranker' : undefined,
    files.some(({ role }) => role === 'projector') ? 'with a projector' : undefined,
    files.some(({ role }) => role === 'adapter') ? 'with adapters' : undefined,
  ].filter((part) => part !== undefined);
  return extra.length === 0 ? '' : `, ${extra.join(' ')}`;
}

function modelArguments(model: ServedModel, directory: string, alias: string): string[] {
  const [first] = filesOf(model, 'weights');
  const { projector, adapters, draft } = servedCompanions(model);
  const [template] = model.gguf?.get('tokenizer.chat_template') === undefined ? filesOf(model, 'template') : [];
  const at = (path: string): string => `${directory}/${path}`;
  return [
    '--model',
    at(first?.path ?? 'model.gguf'),
    '--alias',
    alias,
    ...(projector === undefined ? [] : ['--mmproj', at(projector)]),
    ...adapters.flatMap((path) => ['--lora', at(path)]),
    ...(draft === undefined ? [] : ['--model-draft', at(draft)]),
    ...(template === undefined ? [] : ['--chat-template-file', at(template.path)]),
  ];
}

function sizeArguments({ perSlot, slots, batch, cacheTypeK, cacheTypeV }: ServerSettings): string[] {
  return [
    '--ctx-size',
    String(perSlot * slots),
    '--parallel',
    String(slots),
    ...(batch === undefined ? [] : ['--batch-size', String(batch), '--ubatch-size', String(batch)]),
    ...(cacheTypeK === 'f16' ? [] : ['--cache-type-k', cacheTypeK]),
    // Values can be kept in blocks only where flash attention reads them.
    ...(cacheTypeV === 'f16' ? [] : ['--cache-type-v', cacheTypeV, '--flash-attn', 'on']),
  ];
}

function taskArguments({ task }: ServedModel): string[] {
  if (task === 'embed') return ['--embeddings'];
  return task === 'rerank' ? ['--reranking'] : [];
}
