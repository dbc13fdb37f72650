import type { DeployTarget } from '../deployed.js';
import { requireGguf, llamaServer } from '../llama-server.js';
import { resourceName } from '../naming.js';
import type { DeployOptions } from '../deployment-request.js';
import { cannotDeploy } from '../refuse.js';
import type { ServedModel } from '../served-model.js';
import { servedCompanions } from '../deploy-settings.js';
import { stableYaml } from '../resource-yaml.js';

/** What Docker Model Runner pulls and knows how to serve (docker/model-runner, `checkCompat`). */
const READABLE = new Set(['docker-gguf', 'docker-safetensors', 'modelpack-raw']);
const CLIENT = 'docker.io/curlimages/curl:8.17.0';

/** A Compose file with a model that Docker Model Runner serves, and a client that asks it once. */
export const compose: DeployTarget = {
  name: 'compose',
  summary: 'Docker Compose with models: (Docker Model Runner)',
  build: (model, options) => {
    requireReadable(model, options);
    const name = resourceName(model, options);
    const { reasons, flags, contextSize } = settingsOf(model, options);
    const document = {
      name,
      models: {
        [name]: {
          model: model.pinned,
          ...(contextSize !== undefined && { context_size: contextSize }),
          ...(flags.length > 0 && { runtime_flags: flags }),
        },
      },
      services: { ask: client(name, model) },
    };
    return {
      target: 'compose',
      resources: [],
      files: { 'compose.yaml': stableYaml(document) },
      reasons: ['Docker Model Runner pulls and serves the artifact by its digest', ...reasons],
      warnings: ["the service 'ask' only shows how an application gets the endpoint: docker compose run --rm ask"],
      needs: ['Docker Compose 2.38', 'Docker Model Runner'],
    };
  },
};

function requireReadable(model: ServedModel, options: DeployOptions): void {
  if (READABLE.has(model.shape)) return;
  const reference = (options.reference ?? model.pinned).replace(/@sha256:[0-9a-f]+$/, '');
  const to = /:[^/:]+$/.test(reference) ? `${reference}-docker` : `${reference}:docker`;
  throw cannotDeploy('compose', `Docker Model Runner does not read ${model.format} (${model.shape})`, [
    `pipeline repackage ${options.reference ?? model.pinned} ${to} --format docker`,
  ]);
}

function settingsOf(
  model: ServedModel,
  options: DeployOptions,
): { readonly reasons: readonly string[]; readonly flags: readonly string[]; readonly contextSize?: number } {
  if (model.weights === 'safetensors') {
    const length = Math.min(model.contextLength ?? 8192, options.contextSize ?? 8192);
    return { reasons: ['safetensors: Model Runner takes its vLLM engine'], flags: [], contextSize: length };
  }
  requireGguf('compose', model, options);
  const { settings, reasons } = llamaServer('compose', model, '', options);
  if (settings === undefined) return { reasons, flags: [] };
  const { perSlot, slots, batch, cacheTypeK, cacheTypeV } = settings;
  const { adapters } = servedCompanions(model);
  return {
    reasons: [
      ...reasons,
      ...(adapters.length > 0 ? ['adapters in the artifact are not used: Model Runner loads none'] : []),
    ],
    contextSize: perSlot * slots,
    flags: [
      ...(slots === 1 ? [] : ['--parallel', String(slots)]),
      ...(batch === undefined ? [] : ['--batch-size', String(batch), '--ubatch-size', String(batch)]),
      ...(cacheTypeK === 'f16' ? [] : ['--cache-type-k', cacheTypeK]),
      ...(cacheTypeV === 'f16' ? [] : ['--cache-type-v', cacheTypeV]),
      ...(model.task === 'embed' ? ['--embeddings'] : model.task === 'rerank' ? ['--reranking'] : []),
    ],
  };
}

/** Compose gives a service the address and the name of a model by two variables. */
function client(name: string, { task }: ServedModel): Readonly<Record<string, unknown>> {
  const [path, body] =
    task === 'generate'
      ? [
          'chat/completions',
          '{"model":"$$MODEL_NAME","max_tokens":32,"messages":[{"role":"user","content":"Say hello."}]}',
        ]
      : task === 'embed'
        ? ['embeddings', '{"model":"$$MODEL_NAME","input":"hello"}']
        : ['rerank', '{"model":"$$MODEL_NAME","query":"hello","documents":["good day","a stone"]}'];
  const quoted = body.replaceAll('"', '\\"');
  return {
    image: CLIENT,
    profiles: ['ask'],
    entrypoint: ['sh', '-c'],
    command: [`curl -fsS "$\${MODEL_URL%/}/${path}" -H "Content-Type: application/json" -d "${quoted}"`],
    models: { [name]: { endpoint_var: 'MODEL_URL', model_var: 'MODEL_NAME' } },
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    user: '65532:65532',
  };
}
