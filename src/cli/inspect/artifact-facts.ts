import { SlipwayError, type RunContext } from '../../core/index.js';
import { isJsonObject, parseJson, readText, type JsonValue } from '../../files/index.js';
import { blobFile, parseManifest, parseReference, type Descriptor, type Target } from '../../registry/index.js';
import { formatBytes } from '../../run/index.js';
import { openRunTarget } from '../../stages/index.js';
import type { Result } from '../output.js';
import { safeLine, table } from '../text.js';
import { ggufFacts } from './gguf-facts.js';

/** A model's config blob is a few kilobytes; what is larger is not shown. */
const CONFIG_LIMIT = 1024 * 1024;
const TITLES = ['org.opencontainers.image.title', 'org.cncf.model.filepath', 'org.cnai.model.filepath'];

/** What an artifact holds: manifest, config and layers; with `tensors` also the GGUF in it, read by ranges. */
export async function artifactFacts(address: string, tensors: boolean, context: RunContext): Promise<Result> {
  const { signal } = context;
  const reference = parseReference(address);
  const { target } = openRunTarget(address, context);
  const name = reference.digest ?? reference.tag;
  if (name === undefined) return tagList(target, signal);
  const { descriptor, bytes } = await target.readManifest(name, signal);
  const parsed = parseManifest(bytes, name, descriptor.mediaType);
  const manifest = parseJson(new TextDecoder().decode(bytes), name);
  const head = [
    [
      'reference',
      `${safeLine(target.name)}${reference.tag === undefined ? '' : `:${reference.tag}`}@${descriptor.digest}`,
    ],
    ['media type', safeLine(descriptor.mediaType)],
    ...(descriptor.artifactType === undefined ? [] : [['artifact type', safeLine(descriptor.artifactType)]]),
  ];
  if (parsed.kind !== 'manifest') return indexFacts(head, parsed.manifests, manifest, descriptor);
  const [config, ...layers] = parsed.blobs;
  if (config === undefined) throw new SlipwayError('MANIFEST_INVALID', `'${name}' has no config`, { where: address });
  const size = parsed.blobs.reduce((sum, blob) => sum + blob.size, 0);
  const settings = await configOf(target, config, signal);
  const rows = layers.map((layer) => [
    `  ${safeLine(titleOf(layer))}`,
    formatBytes(layer.size),
    safeLine(layer.mediaType),
    layer.digest,
  ]);
  const weights = layers.find((layer) => titleOf(layer).endsWith('.gguf'));
  const gguf =
    tensors && weights !== undefined
      ? await ggufFacts(blobFile(target, weights, titleOf(weights)), true, signal)
      : undefined;
  return {
    json: {
      kind: 'artifact',
      reference: target.name,
      descriptor,
      size,
      manifest,
      config: settings ?? null,
      ...(gguf === undefined ? {} : { gguf: gguf.json }),
    },
    text: [table([...head, ['size', formatBytes(size)]]), configLines(settings), table(rows, [1]), gguf?.text ?? '']
      .filter((part) => part !== '')
      .join('\n\n'),
    quiet: descriptor.digest,
  };
}

async function tagList(target: Target, signal: AbortSignal): Promise<Result> {
  const tags = await target.tags(signal);
  return { json: { kind: 'repository', name: target.name, tags }, text: tags.map(safeLine).join('\n') };
}

function indexFacts(
  head: string[][],
  manifests: readonly Descriptor[],
  index: JsonValue,
  descriptor: Descriptor,
): Result {
  const rows = manifests.map((one) => [
    `  ${one.digest}`,
    formatBytes(one.size),
    safeLine(one.artifactType ?? one.mediaType),
  ]);
  return {
    json: { kind: 'index', descriptor, index },
    text: `${table(head)}\n\n${table(rows, [1])}`,
    quiet: descriptor.digest,
  };
}

async function configOf(target: Target, config: Descriptor, signal: AbortSignal): Promise<JsonValue | undefined> {
  if (config.size > CONFIG_LIMIT || !config.mediaType.endsWith('json')) return undefined;
  return parseJson(await readText(blobFile(target, config, 'config'), CONFIG_LIMIT, signal), 'config');
}

/** The config's plain fields, one a line, as deep as the model formats go. */
function configLines(config: JsonValue | undefined): string {
  const rows: string[][] = [];
  const visit = (value: JsonValue, path: string, depth: number): void => {
    if (isJsonObject(value) && depth < 3) {
      for (const [key, inner] of Object.entries(value)) {
        if (key !== 'modelfs') visit(inner, path === '' ? key : `${path}.${key}`, depth + 1);
      }
      return;
    }
    if (value === null || typeof value === 'object') return;
    rows.push([`  ${safeLine(path)}`, safeLine(String(value)).slice(0, 72)]);
  };
  if (config !== undefined) visit(config, '', 0);
  return table(rows);
}

function titleOf(layer: Descriptor): string {
  for (const key of TITLES) {
    const title = layer.annotations?.[key];
    if (title !== undefined) return title;
  }
  return layer.digest;
}
