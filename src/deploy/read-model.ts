import { isDigest, SlipwayError } from '../core/index.js';
import {
  isJsonObject,
  jsonField,
  parseJson,
  parsePythonJson,
  readText,
  type JsonObject,
  type JsonValue,
  type ModelFile,
} from '../files/index.js';
import { parseSplitName, readGguf, type GgufMetadata } from '../gguf/index.js';
import {
  artifactSnapshot,
  findManifest,
  formatOfArtifact,
  isGguf,
  kindOf,
  readWeightRoles,
  roleOf,
  shapeOfArtifact,
  type ArtifactAddress,
  type WeightRoles,
} from '../package/index.js';
import { FILE_TYPES } from '../quantize/index.js';
import type { Manifest } from '../registry/index.js';
import { isWithoutCache } from './gguf-shape.js';
import type { FileRole, ModelTask, ServedFile, ServedModel } from './served-model.js';

export interface ReadModelOptions {
  /** Which member of an index is meant (`Q4_K_M`). */
  readonly variant?: string | undefined;
  /** `host/repository` by which the place that serves it pulls, when that is another than the address. */
  readonly pullFrom?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const CONFIG_LIMIT = 8 * 1024 * 1024;

/**
 * Reads what a deployment has to know about an artifact: manifest, config, and the headers of its model, by ranges.
 * Throws what reading throws, and `FORMAT_UNSUPPORTED` for an artifact without files.
 */
export async function readServedModel(address: ArtifactAddress, options: ReadModelOptions = {}): Promise<ServedModel> {
  const { variant, signal } = options;
  const { manifest, stored } = await findManifest(address, { variant, signal });
  const { digest } = stored.descriptor;
  const snapshot = await artifactSnapshot({ ...address, reference: digest }, { signal });
  const files = servedFiles(snapshot.files, await readWeightRoles(snapshot.files, signal));
  const first = files.find(({ role }) => role === 'weights');
  const gguf = first?.path.endsWith('.gguf') === true ? await keysOf(snapshot.files, first, signal) : undefined;
  const settings = gguf === undefined ? await settingsOf(snapshot.files, signal) : undefined;
  const repository = options.pullFrom ?? address.name;
  const annotations = manifest.annotations ?? {};
  const format = formatOfArtifact(manifest);
  const image = format === 'modelcar' ? await imageConfig(manifest, address, signal) : undefined;
  return {
    repository,
    digest,
    ...(isDigest(address.reference) ? {} : { tag: address.reference }),
    pinned: `${repository}@${digest}`,
    format,
    shape: shapeOfArtifact(manifest),
    hasShell: image !== undefined && (hasBase(annotations) || startsShell(image)),
    ...(image !== undefined && architectureOf(image)),
    files,
    weights: first === undefined ? 'other' : first.path.endsWith('.gguf') ? 'gguf' : 'safetensors',
    name: repository.slice(repository.lastIndexOf('/') + 1),
    ...(gguf === undefined ? factsOfSettings(settings) : { ...factsOfGguf(gguf), gguf }),
    chatTemplate:
      gguf?.get('tokenizer.chat_template') !== undefined ||
      files.some(({ role }) => role === 'template') ||
      (settings !== undefined && settings.chatTemplate),
    annotations,
  };
}

function hasBase(annotations: Readonly<Record<string, string>>): boolean {
  return annotations['org.opencontainers.image.base.digest'] !== undefined;
}

/** An image made on top of a distribution keeps the shell that the distribution starts. */
function startsShell(image: JsonObject): boolean {
  const config = jsonField(image, 'config');
  if (!isJsonObject(config)) return false;
  const words = [jsonField(config, 'Cmd') ?? [], jsonField(config, 'Entrypoint') ?? []].flat();
  return words.some((word) => typeof word === 'string' && /(^|\/)(ba|da|a)?sh$/.test(word));
}

function architectureOf(image: JsonObject): { architecture?: string } {
  const architecture = jsonField(image, 'architecture');
  return typeof architecture === 'string' ? { architecture } : {};
}

async function imageConfig(
  manifest: Manifest,
  { target }: ArtifactAddress,
  signal: AbortSignal | undefined,
): Promise<JsonObject | undefined> {
  const { digest, size } = manifest.config;
  if (size > CONFIG_LIMIT) return undefined;
  const file: ModelFile = {
    path: 'config',
    size,
    digest,
    read: (range, stop) => target.readBlob({ digest, size }, range, stop),
  };
  const value = parseJson(await readText(file, CONFIG_LIMIT, signal), 'config');
  return isJsonObject(value) ? value : undefined;
}

/** The roles of files; the first of several GGUFs that is no projector, adapter or draft is the model. */
function servedFiles(files: readonly ModelFile[], roles: WeightRoles): ServedFile[] {
  const named = files.map(({ path, size }): ServedFile => ({ path, size, role: servedRole(path, roles) }));
  const models = named.filter(({ role, path }) => role === 'weights' && path.endsWith('.gguf'));
  requireOneModel(models.map(({ path }) => path));
  if (models.length === 0) return named;
  // A GGUF with safetensors beside it is served as a GGUF.
  return named.map((file) => (/\.safetensors$/i.test(file.path) ? { ...file, role: 'document' } : file));
}

function requireOneModel(paths: readonly string[]): void {
  const prefixes = new Set(paths.map((path) => parseSplitName(path)?.prefix ?? path));
  if (prefixes.size <= 1) return;
  throw new SlipwayError('USAGE', 'the artifact holds several models, and one server serves one', {
    got: [...prefixes].slice(0, 8).join(', '),
    try: 'package each quantization as an artifact of its own',
  });
}

function servedRole(path: string, roles: WeightRoles): FileRole {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (isGguf(name) || /\.safetensors$/i.test(name)) {
    const role = roleOf(path, roles);
    return role === 'weight' ? 'weights' : role === 'imatrix' ? 'document' : role;
  }
  if (/\.jinja$/i.test(name)) return 'template';
  return kindOf(path) === 'weight.config' ? 'settings' : 'document';
}

async function keysOf(
  files: readonly ModelFile[],
  first: ServedFile,
  signal: AbortSignal | undefined,
): Promise<GgufMetadata> {
  const file = files.find(({ path }) => path === first.path);
  if (file === undefined) throw new SlipwayError('INTERNAL', `'${first.path}' was lost`);
  return (await readGguf(file, {}, signal)).metadata;
}

type Facts = Pick<ServedModel, 'task' | 'modelArchitecture' | 'contextLength' | 'quantization'>;

/** llama.cpp's numbers of ways to pool (`LLAMA_POOLING_TYPE_*`). */
const RANK = 4;

function factsOfGguf(metadata: GgufMetadata): Facts {
  const text = (key: string): string | undefined => {
    const value: unknown = metadata.get(key)?.value;
    return typeof value === 'string' ? value : undefined;
  };
  const number = (key: string): number | undefined => {
    const value: unknown = metadata.get(key)?.value;
    return typeof value === 'number' ? value : undefined;
  };
  const architecture = text('general.architecture') ?? '';
  const type = number('general.file_type');
  const quantization = FILE_TYPES.find(({ id }) => id !== undefined && id === type)?.name;
  const contextLength = number(`${architecture}.context_length`);
  const pooling = number(`${architecture}.pooling_type`);
  return {
    modelArchitecture: architecture,
    task: taskOf(architecture, pooling),
    contextLength,
    quantization,
  };
}

function taskOf(architecture: string, pooling: number | undefined): ModelTask {
  if (pooling === RANK) return 'rerank';
  const embeds = /bert|embed|t5encoder/.test(architecture) && isWithoutCache(architecture);
  return embeds || (pooling ?? 0) > 0 ? 'embed' : 'generate';
}

interface Settings {
  readonly config: JsonObject | undefined;
  readonly chatTemplate: boolean;
  readonly isSentenceTransformer: boolean;
}

async function settingsOf(files: readonly ModelFile[], signal: AbortSignal | undefined): Promise<Settings> {
  const config = await jsonFile(files, 'config.json', signal);
  const tokenizer = await jsonFile(files, 'tokenizer_config.json', signal);
  return {
    config,
    chatTemplate: tokenizer !== undefined && jsonField(tokenizer, 'chat_template') !== undefined,
    isSentenceTransformer: files.some(({ path }) => /(^|\/)(modules|config_sentence_transformers)\.json$/.test(path)),
  };
}

async function jsonFile(
  files: readonly ModelFile[],
  name: string,
  signal: AbortSignal | undefined,
): Promise<JsonObject | undefined> {
  const file = files.find(({ path }) => path === name || path.endsWith(`/${name}`));
  if (file === undefined || file.size > CONFIG_LIMIT) return undefined;
  const value = parsePythonJson(await readText(file, CONFIG_LIMIT, signal), file.path);
  return isJsonObject(value) ? value : undefined;
}

function factsOfSettings(settings: Settings | undefined): Facts {
  const config = settings?.config;
  const field = (key: string): JsonValue | undefined => (config === undefined ? undefined : jsonField(config, key));
  const nested = field('text_config');
  const type = field('model_type');
  const length =
    field('max_position_embeddings') ??
    (isJsonObject(nested) ? jsonField(nested, 'max_position_embeddings') : undefined);
  const classes = field('architectures');
  const isRanker =
    Array.isArray(classes) &&
    classes.some((name) => typeof name === 'string' && name.endsWith('ForSequenceClassification'));
  const isEncoder = typeof type === 'string' && /bert|roberta|mpnet/.test(type);
  const embeds = settings?.isSentenceTransformer === true || isEncoder;
  const quantization = field('quantization_config');
  const method = isJsonObject(quantization) ? jsonField(quantization, 'quant_method') : undefined;
  return {
    task: isRanker ? 'rerank' : embeds ? 'embed' : 'generate',
    ...(typeof type === 'string' && { modelArchitecture: type }),
    ...(typeof length === 'number' && { contextLength: length }),
    ...(typeof method === 'string' && { quantization: method }),
  };
}
