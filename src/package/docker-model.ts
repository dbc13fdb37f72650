import type { GgufMetadata, GgufValue } from '../gguf/index.js';
import type { ModelFile } from '../files/index.js';
import type { Artifact, Layer, Manifest } from '../registry/index.js';
import { isLicense, orderedFiles, type KindedFile } from './file-kind.js';
import { jsonBytes, sealManifest } from './manifest-bytes.js';
import { adapterAnnotations, createdAt, sortedAnnotations, type PackOptions } from './format-options.js';
import { hasTypeOf, type PackagingFormat } from './packaging-format.js';
import { withUnit } from './parameter-size.js';
import type { ModelVariant } from './variant.js';

/** One flat GGUF with its licence and template. */
const DOCKER_CONFIG_V1 = 'application/vnd.docker.ai.model.config.v0.1+json';
/** One layer a file, with paths. */
const DOCKER_CONFIG_V2 = 'application/vnd.docker.ai.model.config.v0.2+json';

const DOCKER_LORA = 'application/vnd.docker.ai.gguf.v3.lora';

export interface DockerModelOptions extends PackOptions {
  /** Keys of the GGUF, which Docker shows; the variant's own unless given. */
  readonly metadata?: GgufMetadata | undefined;
}

/** Arrays above this many items are left out of the config, as Docker does. */
const LONGEST_ARRAY = 50;

/**
 * A model as Docker Model Runner writes and reads it; where its specification and its code disagree, as the code does.
 * GGUF goes into the flat form, safetensors into the form that keeps paths.
 */
export function dockerModel(variant: ModelVariant, options: DockerModelOptions = {}): Artifact {
  const flat = variant.facts.format === 'gguf';
  const layers = orderedFiles(variant).flatMap((entry) => {
    const kind = dockerKind(entry);
    return flat && kind === 'model.file' ? [] : [dockerLayer(entry.file, kind)];
  });
  return {
    format: 'docker',
    variant: variant.name,
    layers,
    seal: (digests) =>
      sealManifest(
        {
          config: {
            mediaType: flat ? DOCKER_CONFIG_V1 : DOCKER_CONFIG_V2,
            bytes: jsonBytes({
              config: dockerConfig(variant, options),
              // Never `createdAt`: Docker would take the config for a ModelPack's.
              descriptor: { created: createdAt(variant.facts, options) },
              rootfs: { type: 'rootfs', diff_ids: digests },
            }),
          },
          layers,
          annotations: sortedAnnotations({ ...adapterAnnotations(variant.facts), ...options.annotations }),
        },
        digests,
      ),
  };
}

/** Docker's code knows projectors; `.lora` is its specification's word, which its code passes over. It has no drafts. */
function dockerKind({ kind, file }: KindedFile): string {
  const path = file.path.toLowerCase();
  if (kind === 'projector') return 'mmproj';
  if (path.endsWith('.gguf')) return kind === 'adapter' ? 'gguf.v3.lora' : kind === 'draft' ? 'model.file' : 'gguf.v3';
  if (path.endsWith('.safetensors')) return 'safetensors';
  if (path.endsWith('.dduf')) return 'dduf';
  if (path.endsWith('.jinja')) return 'chat.template.jinja';
  return kind === 'doc' && isLicense(path) ? 'license' : 'model.file';
}

function dockerLayer(file: ModelFile, kind: string): Layer {
  return {
    file,
    mediaType: `application/vnd.docker.ai.${kind}`,
    annotations: {
      'org.cncf.model.file.mediatype.untested': 'false',
      'org.cncf.model.filepath': file.path,
      'org.opencontainers.image.title': file.path,
    },
  };
}

function dockerConfig(variant: ModelVariant, options: DockerModelOptions): Readonly<Record<string, unknown>> {
  const { facts } = variant;
  const metadata = options.metadata ?? variant.gguf?.metadata;
  const size = variant.weights.reduce((sum, file) => sum + file.size, 0);
  return {
    format: facts.format,
    quantization: facts.quantization ?? facts.precision,
    parameters: facts.parameters === undefined ? undefined : withUnit(facts.parameters, 2),
    architecture: facts.architecture,
    size: binarySize(size),
    gguf: metadata === undefined ? undefined : textMetadata(metadata),
    context_size: facts.contextLength,
  };
}

function binarySize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [index, value] = [0, bytes];
  for (; value >= 1024 && index < units.length - 1; index++) value /= 1024;
  return `${value.toFixed(index === 0 ? 0 : 2)}${units[index] ?? ''}`;
}

function textMetadata(metadata: GgufMetadata): Readonly<Record<string, string>> {
  const texts = [...metadata].flatMap(([key, value]) => {
    const text = textValue(value);
    return text === undefined ? [] : [[key, text] as const];
  });
  return Object.fromEntries(texts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

type Scalar = number | bigint | boolean | string | Uint8Array;

function textValue(value: GgufValue): string | undefined {
  if (value.type !== 'ARRAY') return scalarText(value.type, value.value);
  if (value.value.length > LONGEST_ARRAY) return undefined;
  const items: Iterable<Scalar> = value.value;
  return Array.from(items, (item) => scalarText(value.items, item)).join(', ');
}

/** As Go prints them: integers in digits, floats with six decimals. */
function scalarText(type: string, value: Scalar): string {
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  return type.startsWith('FLOAT') ? Number(value).toFixed(6) : String(value);
}

/** The names that Docker itself gives to files of older models. */
function dockerName(manifest: Manifest, index: number): string | undefined {
  const type = manifest.layers[index]?.mediaType ?? '';
  const alike = manifest.layers.filter(({ mediaType }) => mediaType === type);
  const position = manifest.layers.slice(0, index).filter(({ mediaType }) => mediaType === type).length;
  const digits = (value: number): string => String(value).padStart(5, '0');
  const sharded = alike.length > 1 ? `-${digits(position + 1)}-of-${digits(alike.length)}` : '';
  if (type === DOCKER_LORA) return position === 0 ? 'adapter.gguf' : `adapter-${position + 1}.gguf`;
  if (type.startsWith('application/vnd.docker.ai.gguf.')) return `model${sharded}.gguf`;
  if (type === 'application/vnd.docker.ai.safetensors') return `model${sharded}.safetensors`;
  if (type === 'application/vnd.docker.ai.mmproj') return 'mmproj.gguf';
  if (type === 'application/vnd.docker.ai.chat.template.jinja') return 'chat_template.jinja';
  if (type === 'application/vnd.docker.ai.license') return position === 0 ? 'LICENSE' : `LICENSE-${position + 1}`;
  return undefined;
}

/** The format's row: see `PackagingFormat`. */
export const dockerFormat: PackagingFormat<'docker-gguf' | 'docker-safetensors'> = {
  description: 'Docker Model Runner: one GGUF, its licence, a config with what the file says of itself',
  recognise: (manifest) => hasTypeOf(manifest, 'docker.ai.model.config'),
  layerNames: ({ manifest, annotated }) => annotated.map((name, index) => name ?? dockerName(manifest, index)),
  shapes: ['docker-gguf', 'docker-safetensors'],
  shape: ({ layers }) =>
    layers.some(({ mediaType }) => mediaType.includes('gguf')) ? 'docker-gguf' : 'docker-safetensors',
  ofOneModel: 'a Docker model holds',
  optionsKey: 'docker',
  pack: dockerModel,
};
