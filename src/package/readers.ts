import { SlipwayError } from '../core/index.js';
import type { Manifest } from '../registry/index.js';
import { filesOfArtifact, type ArtifactFile } from './artifact-files.js';
import { isWeightKind, type FileKind } from './file-kind.js';
import { shapeOfArtifact, type ArtifactShape } from './formats.js';
import { TITLE } from './packaging-format.js';

/** `metadata`: it sees that there is a model, and no more. `unknown`: not tried. */
export type ReaderVerdict = 'yes' | 'metadata' | 'no' | 'unknown';

export interface ReaderAnswer {
  readonly verdict: ReaderVerdict;
  readonly why?: string;
}

export interface Reader {
  readonly name: string;
  /** Answers by shape; `otherwise` for the rest. */
  readonly answers: Readonly<Partial<Record<ArtifactShape, ReaderAnswer>>>;
  readonly otherwise: ReaderAnswer;
}

const YES: ReaderAnswer = { verdict: 'yes' };
const no = (why: string): ReaderAnswer => ({ verdict: 'no', why });
const yes = (why: string): ReaderAnswer => ({ verdict: 'yes', why });
const metadata = (why: string): ReaderAnswer => ({ verdict: 'metadata', why });
const all = (shapes: readonly ArtifactShape[], answer: ReaderAnswer): Partial<Record<ArtifactShape, ReaderAnswer>> =>
  Object.fromEntries(shapes.map((shape) => [shape, answer]));

/** RamaLama reads names and sizes from an annotation that others take for optional. */
const NO_FILE_METADATA = no('no file metadata on its layers: package with --model-spec-file-metadata');

function hasFileMetadata({ layers }: Manifest): boolean {
  return layers.every(({ annotations }) => annotations?.['org.cncf.model.file.metadata+json'] !== undefined);
}

/** Which tool can use which artifact: read from their sources and, for Harbor, measured (2026). */
export const READERS: readonly Reader[] = [
  {
    name: 'modctl, model-csi-driver',
    answers: {
      ...all(['modelpack-raw', 'modelpack-tar', 'cnai-raw'], YES),
      'kitops-tar': yes('by its layer types, which end in .tar'),
      'modelpack-compressed': no('it decodes only layer types that end in .raw or .tar'),
    },
    otherwise: no('it reads the ModelPack and CNAI formats only'),
  },
  {
    name: 'Harbor 2.14-2.15 (model view)',
    answers: {
      'cnai-raw': yes('type CNAI, with README, licence and files'),
      ...all(
        ['modelpack-raw', 'modelpack-tar', 'modelpack-compressed'],
        metadata('type MODEL without tabs: these releases know only the legacy cnai family'),
      ),
      ...all(['kitops-tar', 'kitops-raw'], metadata('type MODELKIT without tabs')),
      ...all(['ollama', 'image'], metadata('shown as a container image')),
    },
    otherwise: no('type UNKNOWN; it is stored and can be pulled'),
  },
  {
    name: 'Harbor 2.16 (model view)',
    answers: {
      ...all(['modelpack-raw', 'modelpack-tar'], yes('type CNAI, with README, licence and files')),
      'modelpack-compressed': metadata('list of files only'),
      'cnai-raw': metadata('type MODEL without tabs: this release knows only the cncf family'),
      ...all(['kitops-tar', 'kitops-raw'], metadata('type MODELKIT without tabs')),
      ...all(['ollama', 'image'], metadata('shown as a container image')),
    },
    otherwise: no('type UNKNOWN; it is stored and can be pulled'),
  },
  {
    name: 'KitOps (later than 1.7)',
    answers: all(['modelpack-raw', 'modelpack-tar', 'modelpack-compressed', 'kitops-tar', 'kitops-raw'], YES),
    otherwise: no('not a ModelKit or ModelPack'),
  },
  {
    name: 'KitOps 1.7',
    answers: { 'kitops-tar': YES, 'kitops-raw': no('it parses tar layers only') },
    otherwise: no('not a ModelKit'),
  },
  {
    name: 'Docker Model Runner',
    answers: {
      ...all(['modelpack-raw', 'docker-gguf', 'docker-safetensors'], YES),
      'modelpack-tar': no('it keeps the tar as if it were the model'),
    },
    otherwise: no('unsupported config media type'),
  },
  {
    name: 'RamaLama',
    answers: {
      'modelpack-raw': YES,
      'modelpack-tar': no('it does not unpack tar layers'),
      image: yes('raw or car images; it looks for /models/model.file'),
    },
    otherwise: no('neither a ModelPack nor an image'),
  },
  {
    name: 'llmman',
    answers: {
      ...all(['modelpack-raw', 'modelpack-tar', 'docker-gguf'], YES),
      ...all(['modelpack-compressed', 'oras-titled'], { verdict: 'unknown' }),
    },
    otherwise: no('unknown layer types'),
  },
  {
    name: 'Ollama',
    answers: { ollama: yes('from registries that need no login') },
    otherwise: no('it reads its own layer types only'),
  },
  {
    name: 'oras pull',
    answers: {
      ...all(
        ['modelpack-raw', 'cnai-raw', 'kitops-raw', 'docker-gguf', 'docker-safetensors', 'oras-titled'],
        yes('layers with a title become files'),
      ),
      ...all(['modelpack-tar', 'modelpack-compressed'], metadata('titled layers become archives, not files')),
      image: metadata('blobs only'),
    },
    otherwise: no('layers without a title are not written'),
  },
  {
    name: 'crane validate',
    answers: { image: metadata('with --fast; without it every tar layer is taken for gzip') },
    otherwise: YES,
  },
  {
    name: 'skopeo copy',
    answers: {
      ollama: no('it takes a Docker manifest for an image and refuses layer types that it does not know'),
      image: yes('with --preserve-digests; else it compresses the layers and the digest changes'),
    },
    otherwise: yes('to a registry or an oci: layout, digest kept'),
  },
  {
    name: 'CRI-O image volume',
    answers: {
      ...all(['modelpack-raw', 'docker-gguf', 'docker-safetensors', 'oras-titled', 'image', 'kitops-raw'], YES),
      'cnai-raw': yes('by the title; older builds by the filepath'),
      ...all(['modelpack-tar', 'kitops-tar'], metadata('the file stays a tar')),
    },
    otherwise: no('layers without a name are skipped'),
  },
  { name: 'containerd image volume', answers: { image: YES }, otherwise: no('it mounts images, not artifacts') },
  {
    name: 'KServe oci://',
    answers: { image: yes('needs a base with a shell for the sidecar; oci+native and oci+fetch do not') },
    otherwise: no('it wants an image with /models'),
  },
  {
    name: 'llama.cpp --docker-repo',
    answers: { 'docker-gguf': yes('from Docker Hub only') },
    otherwise: no('it looks for a layer type with "gguf" in it'),
  },
];

/** What an artifact holds that not every reader of models has a use for. */
interface Beside {
  /** Weights, and none of them a model's own: a LoRA adapter by itself. */
  readonly adapterAlone: boolean;
  readonly adapters: boolean;
  /** Names of projectors. */
  readonly projectors: readonly string[];
}

function besideOf(manifest: Manifest): Beside {
  const weights = manifestFiles(manifest).filter(({ kind }) => isWeightKind(kind));
  const of = (kind: FileKind): readonly ArtifactFile[] => weights.filter((file) => file.kind === kind);
  const said = manifest.annotations?.['dev.slipway.adapter.type'] !== undefined;
  return {
    // Layers of an image do not say which of them is a model.
    adapterAlone:
      said || (weights.every(({ form }) => form === 'raw') && of('adapter').length > 0 && of('weight').length === 0),
    adapters: of('adapter').length > 0,
    projectors: of('projector').map(({ path }) => path),
  };
}

function manifestFiles(manifest: Manifest): readonly ArtifactFile[] {
  try {
    return filesOfArtifact(manifest).files;
  } catch (error) {
    if (SlipwayError.is(error)) return [];
    throw error;
  }
}

/** Answers about an adapter by itself, of those who serve models and do not only deliver files. */
const ADAPTER_ANSWERS: ReadonlyMap<string, ReaderAnswer> = new Map([
  ['Docker Model Runner', no('it is a LoRA adapter, and Docker Model Runner has no place for one')],
  ['RamaLama', no('it is a LoRA adapter: pull the file, and give it to llama-server as --lora')],
  ['Ollama', metadata('it is a LoRA adapter: it is pulled, and runs on its base only (FROM base, ADAPTER file)')],
  ['KServe oci://', no('it is a LoRA adapter: KServe takes those from other kinds of storage')],
  ['llama.cpp --docker-repo', no('it is a LoRA adapter, not a model: pull the file, and give it as --lora')],
]);

/** What a reader does with a projector or an adapter beside the model that it can use; nothing to add for most. */
function besideAnswer(reader: string, shape: ArtifactShape, beside: Beside): ReaderAnswer | undefined {
  const { projectors, adapters } = beside;
  if (reader === 'Docker Model Runner' && projectors.length > 0 && shape !== 'docker-safetensors') {
    const isKnown = shape === 'docker-gguf' || projectors.some((path) => /mmproj/i.test(path));
    return isKnown
      ? yes('with its projector')
      : metadata("it knows a ModelPack's projector by 'mmproj' in its name, which this one has not");
  }
  if (reader === 'Docker Model Runner' && adapters) return metadata('the model, without its LoRA adapter');
  if (reader === 'llama.cpp --docker-repo' && (projectors.length > 0 || adapters))
    return metadata('the model alone, from Docker Hub: give what goes with it as --mmproj and --lora');
  if (reader === 'Ollama' && (projectors.length > 0 || adapters))
    return yes(
      `with its ${[...(projectors.length > 0 ? ['projector'] : []), ...(adapters ? ['adapter'] : [])].join(' and ')}; from registries that need no login`,
    );
  return undefined;
}

/** One line for each reader: can it use this artifact, and why or why not. */
export function explainReaders(manifest: Manifest): readonly (ReaderAnswer & { readonly reader: string })[] {
  const shape = shapeOfArtifact(manifest);
  const beside = besideOf(manifest);
  const titled = manifest.layers.every(({ annotations }) => annotations?.[TITLE] !== undefined);
  return READERS.map(({ name, answers, otherwise }) => {
    const answer = answers[shape] ?? otherwise;
    // Raw layers of any format are files to oras only when they carry a title.
    const untitled = name === 'oras pull' && answer === answers['oras-titled'] && !titled;
    const unsized = name === 'RamaLama' && shape === 'modelpack-raw' && !hasFileMetadata(manifest);
    const found = unsized ? NO_FILE_METADATA : untitled ? otherwise : answer;
    const isUsable = found.verdict === 'yes';
    const other = beside.adapterAlone ? ADAPTER_ANSWERS.get(name) : besideAnswer(name, shape, beside);
    return { reader: name, ...(isUsable && other !== undefined ? other : found) };
  });
}
