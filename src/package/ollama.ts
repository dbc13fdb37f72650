import { SlipwayError } from '../core/index.js';
import { memoryFile, type ModelFile } from '../files/index.js';
import type { Artifact, Descriptor, Layer } from '../registry/index.js';
import { isBesideWeights, isLicense, kindedWeights, orderedFiles } from './file-kind.js';
import { jsonBytes, sealManifest } from './manifest-bytes.js';
import { ollamaTemplate } from './ollama-templates.js';
import { adapterAnnotations, sortedAnnotations, type PackOptions } from './format-options.js';
import type { PackagingFormat } from './packaging-format.js';
import { parameterSize } from './parameter-size.js';
import type { ModelVariant } from './variant.js';
import { isGguf } from './weight-roles.js';

const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const LAYER_TYPE = 'application/vnd.ollama.image.';
const CONFIG_TYPE = 'application/vnd.docker.container.image.v1+json';

/** Ollama's sampling parameters that are written. */
export interface OllamaParameters {
  readonly temperature?: number;
  readonly top_k?: number;
  readonly top_p?: number;
  readonly min_p?: number;
  readonly repeat_penalty?: number;
  readonly num_ctx?: number;
  readonly stop?: readonly string[];
}

export interface OllamaOptions extends PackOptions {
  /** A template in Go's language; else a known one is chosen by the model's chat template. */
  readonly template?: string | undefined;
  readonly system?: string | undefined;
  /** They win over what the model's makers recommend. */
  readonly parameters?: OllamaParameters | undefined;
}

/**
 * A model as Ollama keeps it: a Docker manifest whose layers have kinds instead of names. Takes one GGUF with its
 * projector, adapters and draft, or an adapter alone; Ollama reads no split ones. Throws `FORMAT_UNSUPPORTED`.
 */
export function ollama(variant: ModelVariant, options: OllamaOptions = {}): Artifact {
  const layers = ollamaLayers(variant, options);
  const { facts } = variant;
  return {
    format: 'ollama',
    variant: variant.name,
    layers,
    seal: (digests) =>
      sealManifest(
        {
          mediaType: DOCKER_MANIFEST,
          config: {
            mediaType: CONFIG_TYPE,
            bytes: jsonBytes({
              model_format: 'gguf',
              model_family: facts.architecture,
              model_families: facts.architecture === undefined ? undefined : [facts.architecture],
              model_type: facts.parameters === undefined ? undefined : parameterSize(facts.parameters),
              file_type: facts.quantization,
              architecture: 'amd64',
              os: 'linux',
              // Its layers change no file system. Ollama lists them here and never reads the list; who validates images
              // by it refuses them.
              rootfs: { type: 'layers', diff_ids: [] },
            }),
          },
          layers,
          annotations: sortedAnnotations({ ...adapterAnnotations(variant.facts), ...options.annotations }),
        },
        digests,
      ),
  };
}

/** The layer of each kind of weights. */
const WEIGHT_LAYERS = { projector: 'projector', adapter: 'adapter', draft: 'draft' } as const;

/** A model, or an adapter by itself, with what goes with it: what `FROM model`, `FROM projector` and `ADAPTER lora` make. */
function ollamaLayers(variant: ModelVariant, options: OllamaOptions): Layer[] {
  const weights = kindedWeights(variant);
  const models = weights.filter(({ kind, file }) => kind === 'weight' && isGguf(file.path));
  const beside = weights.flatMap(({ kind, file }) =>
    isBesideWeights(kind) && isGguf(file.path) ? [layer(WEIGHT_LAYERS[kind], file)] : [],
  );
  const isAdapter = models.length === 0 && beside.some(({ mediaType }) => mediaType.endsWith('.adapter'));
  if (models.length !== 1 && !isAdapter) throw notOneGguf(variant, models.length);
  // An adapter answers as its base does.
  const known = isAdapter ? undefined : ollamaTemplate(variant.facts.chatTemplate);
  const template = options.template ?? known?.template;
  const parameters = { ...(isAdapter ? {} : ownParameters(variant, known?.stop)), ...options.parameters };
  const licenses = orderedFiles(variant).filter(({ kind, file }) => kind === 'doc' && isLicense(file.path));
  return [
    ...models.map(({ file }) => layer('model', file)),
    ...beside,
    ...(template === undefined ? [] : [layer('template', memoryFile('template', template))]),
    ...(options.system === undefined ? [] : [layer('system', memoryFile('system', options.system))]),
    ...licenses.map(({ file }) => layer('license', file)),
    ...(Object.keys(parameters).length === 0 ? [] : [layer('params', memoryFile('params', jsonBytes(parameters)))]),
  ];
}

/** What the model's makers recommend, in Ollama's words. */
function ownParameters(variant: ModelVariant, stop: readonly string[] | undefined): OllamaParameters {
  const { temperature, topK, topP, minP, repetitionPenalty } = variant.facts.sampling ?? {};
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topK === undefined ? {} : { top_k: topK }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(minP === undefined ? {} : { min_p: minP }),
    ...(repetitionPenalty === undefined ? {} : { repeat_penalty: repetitionPenalty }),
    ...(stop === undefined ? {} : { stop }),
  };
}

function layer(kind: string, file: ModelFile): Layer {
  return { file, mediaType: `${LAYER_TYPE}${kind}`, annotations: {} };
}

function notOneGguf(variant: ModelVariant, count: number): SlipwayError {
  return new SlipwayError('FORMAT_UNSUPPORTED', `Ollama needs one GGUF file, '${variant.name}' has ${count}`, {
    got: variant.weights.map((file) => file.path).join(', '),
    try: count > 1 ? 'leave the GGUF whole (no split) for this format' : 'convert the model to GGUF first',
  });
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ['model', 'model.gguf'],
  ['projector', 'mmproj.gguf'],
  ['adapter', 'adapter.gguf'],
  ['draft', 'draft.gguf'],
  ['template', 'template.gotmpl'],
  ['system', 'system.txt'],
  ['license', 'LICENSE'],
  ['params', 'params.json'],
  ['messages', 'messages.json'],
]);

/** Names for layers that have only a kind; a second one of a kind is numbered. */
function layerName(): (descriptor: Descriptor) => string | undefined {
  const counts = new Map<string, number>();
  return ({ mediaType }) => {
    const name = NAMES.get(mediaType.slice(LAYER_TYPE.length));
    if (name === undefined) return undefined;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : name.replace(/(\.[a-z]+)?$/, `-${count}$1`);
  };
}

/** The format's row: see `PackagingFormat`. */
export const ollamaFormat: PackagingFormat<'ollama'> = {
  description: 'Ollama: a Docker manifest whose layers are model, template, system prompt and parameters',
  recognise: ({ layers }) => layers.some(({ mediaType }) => mediaType.startsWith(LAYER_TYPE)),
  layerNames: ({ manifest }) => manifest.layers.map(layerName()),
  shapes: ['ollama'],
  shape: () => 'ollama',
  ofOneModel: 'an Ollama model holds',
  optionsKey: 'ollama',
  pack: ollama,
};
