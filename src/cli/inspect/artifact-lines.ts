import { SlipwayError, type RunContext } from '../../core/index.js';
import { isJsonObject, parseJson, readText, type JsonValue } from '../../files/index.js';
import { filesOfArtifact, isBesideWeights, VARIANT_ANNOTATIONS, type ArtifactFile } from '../../package/index.js';
import {
  blobFile,
  fileOfLayer,
  parseManifest,
  type Descriptor,
  type Manifest,
  type Target,
} from '../../registry/index.js';
import { formatBytes } from '../../run/index.js';
import { openRunTarget } from '../../stages/index.js';
import type { Result } from '../screen/output.js';
import { safeLine, table } from '../screen/text.js';
import { evaluationRows, evaluationsOf } from './evaluation-facts.js';
import { ggufFacts } from './gguf-lines.js';

/** A model's config blob is a few kilobytes; what is larger is not shown. */
const CONFIG_LIMIT = 1024 * 1024;

/** As a push prints it: what a deployment should name. */
export function fullReference(name: string, tag: string | undefined, digest: string): string {
  return `${name}${tag === undefined ? '' : `:${tag}`}@${digest}`;
}

/** What an artifact holds: manifest, config and layers; with `tensors` also the GGUF in it, read by ranges. */
export async function inspectArtifact(address: string, tensors: boolean, context: RunContext): Promise<Result> {
  const { signal } = context;
  const { target, tag, digest } = openRunTarget(address, context, 'inspect');
  const name = digest ?? tag;
  if (name === undefined) return tagList(target, signal);
  const { descriptor, bytes } = await target.readManifest(name, signal);
  const full = fullReference(target.name, tag, descriptor.digest);
  const shown: Shown = {
    target,
    descriptor,
    manifest: parseJson(new TextDecoder().decode(bytes), name),
    reference: full,
    head: [
      ['reference', safeLine(full)],
      ['media type', safeLine(descriptor.mediaType)],
      ...(descriptor.artifactType === undefined ? [] : [['artifact type', safeLine(descriptor.artifactType)]]),
    ],
  };
  const parsed = parseManifest(bytes, name, descriptor.mediaType);
  return parsed.kind === 'manifest'
    ? manifestFacts(shown, parsed.blobs, tensors, signal)
    : indexFacts(shown, parsed.manifests);
}

/** A manifest or index that was read, with the lines that both begin with. */
interface Shown {
  readonly target: Target;
  readonly descriptor: Descriptor;
  readonly manifest: JsonValue;
  readonly reference: string;
  readonly head: string[][];
}

async function manifestFacts(
  { target, descriptor, manifest, reference, head }: Shown,
  [config, ...layers]: readonly Descriptor[],
  tensors: boolean,
  signal: AbortSignal,
): Promise<Result> {
  if (config === undefined) {
    throw new SlipwayError('MANIFEST_INVALID', `'${descriptor.digest}' has no config`, { where: target.name });
  }
  const size = layers.reduce((sum, blob) => sum + blob.size, config.size);
  const settings = await configOf(target, config, signal);
  const evaluations = await evaluationsOf(target, descriptor.digest, { signal });
  const files = namedFiles(manifest, settings);
  const weights = tensors ? modelIn(files, layers) : undefined;
  const gguf = weights && (await ggufFacts(blobFile(target, weights.descriptor, weights.path), true, signal));
  return {
    json: {
      kind: 'artifact',
      reference,
      descriptor,
      size,
      manifest,
      config: settings ?? null,
      evaluations,
      files: files.map(({ path, kind, form, descriptor: { digest, size: bytes, mediaType } }) => ({
        path,
        kind,
        form,
        size: bytes,
        digest,
        mediaType,
      })),
      ...(gguf === undefined ? {} : { gguf: gguf.json }),
    },
    text: [
      table([...head, ['size', formatBytes(size)], ...evaluationRows(evaluations)]),
      configLines(settings),
      layerLines(layers, files),
      gguf?.text ?? '',
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
    quiet: descriptor.digest,
  };
}

/** Every layer by the name that its file has, with what the file is to the model. */
function layerLines(layers: readonly Descriptor[], files: readonly ArtifactFile[]): string {
  const rows = layers.map((layer) => {
    const known = files.find(
      ({ descriptor }) => descriptor.digest === layer.digest && titleOf(descriptor) === titleOf(layer),
    );
    const title = titleOf(layer);
    return [
      `  ${safeLine(title === layer.digest ? (known?.path ?? title) : title)}`,
      // The name of a layer that has none is made up.
      known === undefined || (known.form !== 'raw' && title === layer.digest && !isBesideWeights(known.kind))
        ? ''
        : known.kind,
      formatBytes(layer.size),
      safeLine(layer.mediaType),
      layer.digest,
    ];
  });
  return table(rows, [2]);
}

/** The files of an artifact as far as its manifest and config tell; none of one that is no model's. */
function namedFiles(manifest: JsonValue, settings: JsonValue | undefined): readonly ArtifactFile[] {
  try {
    return filesOfArtifact(manifest as unknown as Manifest, settings).files;
  } catch (error) {
    if (SlipwayError.is(error)) return [];
    throw error;
  }
}

/** The GGUF that is shown: the model's own, else whichever there is. */
function modelIn(
  files: readonly ArtifactFile[],
  layers: readonly Descriptor[],
): { readonly path: string; readonly descriptor: Descriptor } | undefined {
  const ggufs = files.filter(({ path, form }) => form === 'raw' && path.endsWith('.gguf'));
  const titled = layers.find((layer) => titleOf(layer).endsWith('.gguf'));
  return (
    ggufs.find(({ kind }) => kind === 'weight') ?? ggufs[0] ?? (titled && { path: titleOf(titled), descriptor: titled })
  );
}

async function tagList(target: Target, signal: AbortSignal): Promise<Result> {
  const tags = await target.tags(signal);
  if (tags.length === 0) {
    throw new SlipwayError('OCI_NOT_FOUND', `there is nothing with a tag in '${target.name}'`, {
      where: target.name,
      try: 'check the name, or give a digest: NAME@sha256:…',
    });
  }
  return { json: { kind: 'repository', name: target.name, tags }, text: tags.map(safeLine).join('\n') };
}

interface Platform {
  readonly os: string;
  readonly architecture: string;
}

/** What an index offers: variants by the names that `--variant` takes, with the bytes of their weights. */
function indexFacts({ head, descriptor, manifest, reference }: Shown, manifests: readonly Descriptor[]): Result {
  const rows = manifests.map((one) => {
    const { platform, annotations } = one as Descriptor & { readonly platform?: Platform };
    const weights = Number(annotations?.[VARIANT_ANNOTATIONS.weightBytes]);
    const names = [
      annotations?.[VARIANT_ANNOTATIONS.name],
      platform === undefined ? undefined : `${platform.os}/${platform.architecture}`,
    ];
    return [
      `  ${safeLine(names.filter((name) => name !== undefined).join(' '))}`,
      Number.isSafeInteger(weights) && weights > 0 ? formatBytes(weights) : '',
      one.digest,
      safeLine(one.artifactType ?? one.mediaType),
    ];
  });
  return {
    json: { kind: 'index', reference, descriptor, index: manifest },
    text: `${table(head)}\n\n${table(rows, [1])}`,
    quiet: descriptor.digest,
  };
}

async function configOf(target: Target, config: Descriptor, signal: AbortSignal): Promise<JsonValue | undefined> {
  if (config.size > CONFIG_LIMIT || !config.mediaType.endsWith('json')) return undefined;
  return parseJson(await readText(blobFile(target, config, 'config'), CONFIG_LIMIT, signal), 'config');
}

/** A longer list is read with `--json`. */
const LIST_LIMIT = 8;

function isWord(value: JsonValue): value is string {
  return typeof value === 'string' && !value.startsWith('sha256:');
}

/** The config's plain fields, one a line, as deep as the model formats go. */
function configLines(config: JsonValue | undefined): string {
  const rows: string[][] = [];
  const visit = (value: JsonValue, path: string, depth: number): void => {
    if (isJsonObject(value) && depth < 3) {
      for (const [key, inner] of Object.entries(value)) {
        // Descriptions of layers, and older spellings of what stands there already.
        if (!['modelfs', 'rootfs', 'input_types', 'output_types'].includes(key))
          visit(inner, path === '' ? key : `${path}.${key}`, depth + 1);
      }
      return;
    }
    if (Array.isArray(value) && value.length > 0 && value.length <= LIST_LIMIT && value.every(isWord)) {
      rows.push([`  ${safeLine(path)}`, safeLine(value.join(', ')).slice(0, 72)]);
    }
    if (value === null || typeof value === 'object') return;
    rows.push([`  ${safeLine(path)}`, safeLine(String(value)).slice(0, 72)]);
  };
  if (config !== undefined) visit(config, '', 0);
  return table(rows);
}

function titleOf(layer: Descriptor): string {
  return fileOfLayer(layer) ?? layer.digest;
}
