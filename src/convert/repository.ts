import { SlipwayError } from '../core/index.js';
import { readJsonObject, readText, type JsonObject, type ModelFile, type Snapshot } from '../files/index.js';
import { typedByName } from './config/typed-by-name.js';
import { derivedConfig } from './derived-config.js';
import { nameRepository, type NamedRepository } from './repository-kind.js';

/** A config.json larger than this is not a configuration. */
const CONFIG_LIMIT = 8 * 1024 * 1024;
/** The largest file beside a tokenizer's own that is read whole, a tokenizer_config.json, has about 10 MB. */
const TEXT_LIMIT = 64 * 1024 * 1024;

/** A Hugging Face model repository as the converter looks at it: small files read on demand, weights left alone. */
export interface Repository {
  readonly snapshot: Snapshot;
  /** What llama.cpp's converter would see as the directory's name: names in the metadata derive from it. */
  readonly directoryName: string;
  /** config.json as it stands; empty when Mistral's own format does without. */
  readonly config: JsonObject;
  /** params.json, when the repository is taken to be in Mistral's own format. */
  readonly params?: JsonObject;
  file(path: string): ModelFile | undefined;
  /** A JSON file with an object at its top, or `undefined` when there is no such file. */
  json(path: string): Promise<JsonObject | undefined>;
  text(path: string): Promise<string | undefined>;
}

/** How a repository is looked at. */
export interface RepositoryOptions {
  /** Takes params.json, consolidated*.safetensors and Mistral's tokenizer instead of what transformers would. */
  readonly mistralFormat?: boolean | undefined;
  /** A repository without config.json has an empty one: an adapter's own. */
  readonly configOptional?: boolean | undefined;
}

/** Opens a snapshot as a repository. Throws `MODEL_INVALID` without a config.json (params.json in Mistral's format). */
export async function openRepository(
  whole: Snapshot,
  signal?: AbortSignal,
  { mistralFormat = false, configOptional = false }: RepositoryOptions = {},
): Promise<Repository> {
  const snapshot = mistralFormat || configOptional ? whole : modelFolder(whole);
  const files = new Map(snapshot.files.map((file) => [file.path, file]));
  const [needed, configFile] = [files.get(mistralFormat ? 'params.json' : 'config.json'), files.get('config.json')];
  const derived =
    needed === undefined && !mistralFormat && !configOptional ? await derivedConfig(snapshot, signal) : undefined;
  if (needed === undefined && derived === undefined && !configOptional)
    throw await lacksConfiguration(snapshot, files.has('params.json'), mistralFormat, signal);
  const directoryName = snapshot.source.name.split('/').at(-1) ?? snapshot.source.name;
  const config = configFile === undefined ? (derived ?? {}) : await readJsonObject(configFile, CONFIG_LIMIT, signal);
  return {
    snapshot,
    directoryName,
    config: needed === undefined || mistralFormat ? config : typedByName(config, directoryName),
    ...(needed !== undefined && mistralFormat && { params: await readJsonObject(needed, CONFIG_LIMIT, signal) }),
    file: (path) => files.get(path),
    json: async (path) => {
      const file = files.get(path);
      return file === undefined ? undefined : readJsonObject(file, TEXT_LIMIT, signal);
    },
    text: async (path) => {
      const file = files.get(path);
      return file === undefined ? undefined : readText(file, TEXT_LIMIT, signal);
    },
  };
}

/**
 * The one folder that has a model in it, where the top has none, with the card that stands beside it. The name stays. The
 * same snapshot where there are several, as in a pipeline of diffusers, whose text encoder alone is of no use.
 */
function modelFolder(snapshot: Snapshot): Snapshot {
  const paths = new Set(snapshot.files.map(({ path }) => path));
  if (paths.has('config.json') || paths.has('model_index.json') || paths.has('params.json')) return snapshot;
  const isModel = (folder: string): boolean =>
    [...paths].some(
      (path) =>
        path.startsWith(folder) && /^model[^/]*\.safetensors(?:\.index\.json)?$/.test(path.slice(folder.length)),
    );
  const folders = [...paths].flatMap((path) => /^((?:[^/]+\/)+)config\.json$/.exec(path)?.[1] ?? []).filter(isModel);
  const [folder] = folders;
  const hasWeights = isModel('');
  if (folder === undefined || folders.length > 1 || hasWeights) return snapshot;
  const inside = snapshot.files.filter(({ path }) => path.startsWith(folder));
  const named = inside.map((file) => ({ ...file, path: file.path.slice(folder.length), read: file.read.bind(file) }));
  const card = snapshot.files.filter(({ path }) => path === 'README.md' && !paths.has(`${folder}README.md`));
  return { ...snapshot, files: [...named, ...card] };
}

async function lacksConfiguration(
  snapshot: Snapshot,
  hasParams: boolean,
  mistralFormat: boolean,
  signal: AbortSignal | undefined,
): Promise<SlipwayError> {
  const named = await nameRepository(snapshot, signal);
  if (named !== undefined) return notAModel(snapshot, named);
  const name = mistralFormat ? 'params.json' : 'config.json';
  const inTransformers = 'point at a Hugging Face model repository in the transformers layout';
  return new SlipwayError('MODEL_INVALID', `'${snapshot.source.name}' has no ${name}`, {
    where: snapshot.source.url,
    try: hasParams ? 'convert it as a model in the format of Mistral (--mistral-format)' : inTransformers,
  });
}

/** The refusal of something else than a model that can be converted. */
export function notAModel(snapshot: Snapshot, { what, ways }: NamedRepository): SlipwayError {
  return new SlipwayError('MODEL_INVALID', `'${snapshot.source.name}' is ${what}`, {
    where: snapshot.source.url,
    got: `${snapshot.files.length} files`,
    try: ways.map((way) => way.replaceAll('SOURCE', shortSource(snapshot))),
  });
}

function shortSource({ source }: Snapshot): string {
  if (source.kind === 'huggingface') return `hf://${source.name}`;
  return source.kind === 'directory' ? `./${source.name}` : source.url;
}
