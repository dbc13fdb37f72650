import { optionTable, type OptionsOf } from '../../core/index.js';
import { TENSOR_TYPES } from '../../gguf/index.js';

const TENSOR_TYPE_NAMES: readonly string[] = TENSOR_TYPES.map(({ type }) => type);

/** How an importance matrix is made when there is none yet; the settings of `pipeline imatrix`. */
export const IMATRIX_SETTINGS = optionTable({
  /** Text that the model reads: a file, or one on the Hub; without it a public-domain text that comes with the package. */
  text: { kind: 'path', asGiven: true, orHub: true, value: 'file', help: 'text that the model reads' },
  /** Tokens of a chunk. */
  context: { kind: 'count', least: 8, most: 1_048_576, help: 'tokens of a chunk; 512 unless given' },
  /** At most so many chunks. */
  chunks: { kind: 'count', most: 1_000_000, help: 'at most so many chunks; all of the text unless given' },
  /** Collect for `output.weight`, too. */
  processOutput: { kind: 'flag', help: 'collect for output.weight, too' },
  /** Read names of special tokens in the text as these tokens. */
  parseSpecial: { kind: 'flag', help: 'read names of special tokens as these tokens' },
});

export type ImatrixSettings = OptionsOf<typeof IMATRIX_SETTINGS>;

/** llama-quantize's choices as a configuration or a command line spells them; the same for `convert` and `quantize`. */
export const MIX_OPTIONS = optionTable({
  /**
   * Path of an importance matrix, legacy binary or GGUF; or `{ text: 'wiki.txt' }`: it is made of the model before it is
   * quantized, by an installed llama.cpp, once for each model, text and settings.
   */
  imatrix: {
    kind: 'path',
    asGiven: true,
    orOptions: IMATRIX_SETTINGS,
    value: 'file',
    help: 'importance matrix, legacy binary or GGUF',
    group: 'Quantization',
  },
  /**
   * Bits per weight that all tensors together may have at most: types are chosen tensor by tensor, from the largest mix
   * that fits or the one given. Not together with `targetSize`.
   */
  targetBpw: {
    kind: 'number',
    least: 0.5,
    most: 32,
    value: 'bits',
    help: 'choose types for at most so many bits per weight: 4.5',
    group: 'Quantization',
  },
  /** The same for bytes of the file. */
  targetSize: {
    kind: 'size',
    help: 'choose types for a file of at most this size: 4GiB',
    group: 'Quantization',
  },
  /** When rows do not consist of whole blocks of the wanted type: `error` above 5 % of the weights (default), or `allow`. */
  fallback: {
    kind: 'choice',
    choice: ['error', 'allow'],
    value: 'rule',
    help: 'for rows that a type does not fit: error above 5 % of the weights',
    group: 'Quantization',
  },
  /** All tensors in the file type's own tensor type, without a mix. */
  pure: { kind: 'flag', help: 'one type for all tensors', group: 'Quantization' },
  /** Leave `output.weight` as it is. */
  leaveOutputTensor: { kind: 'flag', help: 'keep output.weight as it is', group: 'Quantization' },
  outputTensorType: {
    kind: 'text',
    value: 'type',
    help: 'tensor type of output.weight',
    known: TENSOR_TYPE_NAMES,
    group: 'Quantization',
  },
  tokenEmbeddingType: {
    kind: 'text',
    value: 'type',
    help: 'tensor type of the token embeddings',
    known: TENSOR_TYPE_NAMES,
    group: 'Quantization',
  },
  /** Allow input that is quantized already. */
  allowRequantize: { kind: 'flag', help: 'quantize tensors that are quantized already', group: 'Quantization' },
  /** `NAME=TYPE`, the name a regular expression; the first that matches decides. */
  tensorTypes: {
    kind: 'text',
    list: true,
    value: 'name=type',
    help: 'type of tensors whose name matches',
    group: 'Quantization',
  },
  /** Use the importance matrix for tensors whose name contains one of these only. */
  includeWeights: {
    kind: 'text',
    list: true,
    flag: 'include-weights',
    value: 'name',
    help: 'use the importance matrix for these tensors only',
    group: 'Quantization',
  },
  /** Use the importance matrix for no tensor whose name contains one of these. */
  excludeWeights: {
    kind: 'text',
    list: true,
    flag: 'exclude-weights',
    value: 'name',
    help: 'use the importance matrix for all but these tensors',
    group: 'Quantization',
  },
  /** Layers to leave out: `'20,21'` or `[20, 21]`. */
  pruneLayers: { kind: 'numbers', most: 65_535, help: 'layers to leave out: 20,21', group: 'Quantization' },
  /** `KEY=TYPE:VALUE` with the types int, float, bool and str. */
  overrideKv: {
    kind: 'text',
    list: true,
    value: 'key=type:value',
    help: 'set a metadata key',
    group: 'Quantization',
  },
  /** Which implementation computes; all give the same bytes. The fastest that is there, unless given. */
  engine: {
    kind: 'choice',
    choice: ['auto', 'native', 'wasm', 'js', 'llama.cpp'],
    help: 'what computes; default: the fastest',
    group: 'Quantization',
  },
  /** Older spelling of `engine`, which wins; `native` there stands for llama.cpp. */
  kernel: {
    kind: 'choice',
    choice: ['auto', 'wasm', 'js', 'native'],
    help: 'older spelling of engine; native: llama.cpp',
    group: 'Quantization',
    hidden: true,
  },
});

export type MixStageOptions = OptionsOf<typeof MIX_OPTIONS>;
