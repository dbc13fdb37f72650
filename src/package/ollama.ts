import { SlipwayError } from '../core/index.js';
import { memoryFile, type ModelFile } from '../files/index.js';
import type { Artifact, Layer } from '../registry/index.js';
import { isLicense, isProjector, orderedFiles } from './file-kind.js';
import { jsonBytes, sealManifest } from './manifest-bytes.js';
import { ollamaTemplate } from './ollama-templates.js';
import { adapterAnnotations, sortedAnnotations, type PackOptions } from './pack-options.js';
import { parameterSize } from './parameter-size.js';
import type { ModelVariant } from './variant.js';

const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
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
 * A model as Ollama keeps it: a Docker manifest whose layers have kinds instead of names. Takes one GGUF (and a projector);
 * Ollama reads no split ones. Throws `FORMAT_UNSUPPORTED`.
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

function ollamaLayers(variant: ModelVariant, options: OllamaOptions): Layer[] {
  const models = variant.weights.filter((file) => file.path.endsWith('.gguf') && !isProjector(file.path));
  const [model] = models;
  if (variant.facts.adapter !== undefined) return adapterLayers(variant, options);
  if (model === undefined || models.length > 1) throw notOneGguf(variant, models.length);
  const known = ollamaTemplate(variant.facts.chatTemplate);
  const template = options.template ?? known?.template;
  const parameters = { ...ownParameters(variant, known?.stop), ...options.parameters };
  const licenses = orderedFiles(variant).filter(({ kind, file }) => kind === 'doc' && isLicense(file.path));
  return [
    layer('model', model),
    ...variant.weights.filter(({ path }) => isProjector(path)).map((file) => layer('projector', file)),
    ...(template === undefined ? [] : [layer('template', memoryFile('template', template))]),
    ...(options.system === undefined ? [] : [layer('system', memoryFile('system', options.system))]),
    ...licenses.map(({ file }) => layer('license', file)),
    ...(Object.keys(parameters).length === 0 ? [] : [layer('params', memoryFile('params', jsonBytes(parameters)))]),
  ];
}

/** An adapter by itself: `FROM base` and `ADAPTER this` make a model of it. */
function adapterLayers(variant: ModelVariant, options: OllamaOptions): Layer[] {
  const licenses = orderedFiles(variant).filter(({ kind, file }) => kind === 'doc' && isLicense(file.path));
  return [
    ...variant.weights.map((file) => layer('adapter', file)),
    ...(options.system === undefined ? [] : [layer('system', memoryFile('system', options.system))]),
    ...licenses.map(({ file }) => layer('license', file)),
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
  return { file, mediaType: `application/vnd.ollama.image.${kind}`, annotations: {} };
}

function notOneGguf(variant: ModelVariant, count: number): SlipwayError {
  return new SlipwayError('FORMAT_UNSUPPORTED', `Ollama needs one GGUF file, '${variant.name}' has ${count}`, {
    got: variant.weights.map((file) => file.path).join(', '),
    try: count > 1 ? 'leave the GGUF whole (no split) for this format' : 'convert the model to GGUF first',
  });
}
