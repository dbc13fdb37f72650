import { optionTable, type OptionsOf } from '../../core/index.js';
import { FILE_TYPE_NAMES, FILE_TYPE_WORDS, fileTypeProblem } from '../../quantize/index.js';
import type { MixStageOptions } from './mix-options.js';

/** What `convert` can be told, beside llama-quantize's choices. */
export const CONVERT_OPTIONS = optionTable({
  /** The converter's output type; the intermediate when `quantize` is given. `auto` follows the first weight. */
  outtype: {
    kind: 'choice',
    choice: ['auto', 'f32', 'f16', 'bf16', 'q8_0', 'tq1_0', 'tq2_0'],
    anyCase: true,
    value: 'type',
    help: 'how weights are stored',
  },
  /** llama-quantize's file types: one variant each, from one reading of the source. */
  quantize: {
    kind: 'text',
    list: 'one or more',
    value: 'type',
    help: 'quantize to this type (repeatable; see pipeline types)',
    needs: 'Q4_K_M, Q8_0, …',
    known: FILE_TYPE_NAMES,
    words: FILE_TYPE_WORDS,
    problem: fileTypeProblem,
  },
  /**
   * The projector of a model that sees or hears, as a file beside the language model's: `true` in the type of `outtype`,
   * or in a type of its own. `only` makes the projector instead of the language model (the reference's `--mmproj`).
   */
  mmproj: {
    kind: 'choice',
    choice: ['auto', 'f32', 'f16', 'bf16', 'q8_0', 'only'],
    orFlag: true,
    value: 'type',
    help: 'the projector of images or sound beside the language model, or only it',
  },
  /**
   * Only the layers that predict further tokens (MTP), with the tensors that they share with their model: a draft for
   * speculative decoding. Refused for a model whose architecture llama.cpp's converter cannot take apart.
   */
  mtp: { kind: 'flag', help: 'only the layers that predict further tokens (MTP), as a draft' },
  /** Everything but the layers that predict further tokens. */
  noMtp: { kind: 'flag', aliases: ['no-nextn'], help: 'without the layers that predict further tokens (MTP)' },
  /** Only the DSpark draft that a checkpoint of DeepSeek V4 has beside its model. Needs `targetModelDir`. */
  dspark: { kind: 'flag', help: 'only the DSpark draft tensors of a DeepSeek V4' },
  /**
   * The model that a draft (EAGLE-3, DFlash, DSpark) was trained for: anything that `download` takes. Only its
   * configuration and its tokenizer are read.
   */
  targetModelDir: { kind: 'text', value: 'source', help: 'the model that a draft was trained for' },
  /**
   * The base model of a LoRA adapter, where the source is one: anything that `download` takes. Only its configuration is
   * read. Unless given it is the model that the adapter itself names, from the Hub.
   */
  base: { kind: 'text', value: 'source', help: 'the base model of a LoRA adapter (only its configuration is read)' },
  /** Overrides the model's name in the metadata. */
  modelName: { kind: 'text', value: 'name', help: "the model's name in the metadata" },
  /** Path of a JSON file of GGUF keys (`general.author`, …) that win over the model card; local, never a URL. */
  metadata: {
    kind: 'path',
    asGiven: true,
    value: 'file',
    help: 'JSON of GGUF keys that win over the model card',
  },
  /**
   * For a machine that is big endian, as the reference's flag: keys and plain numbers are turned around, and what gguf-py
   * holds as bytes is not (BF16, Q8_0, TQ1_0, TQ2_0, MXFP4, NVFP4). Not together with `quantize`.
   */
  bigendian: { kind: 'flag', help: 'for a big-endian machine: turns keys, F32 and F16 around' },
  /** Only vocabulary and keys, no tensors: for tests of tokenizers. Not together with `quantize`. */
  vocabOnly: { kind: 'flag', help: 'vocabulary and keys, no tensors' },
  /** Join the query, key and value projections where the architecture has room for it. */
  fuseQkv: { kind: 'flag', help: 'join query, key and value projections where the architecture can' },
  /** Join the gates and ups of experts; refused where the architecture has no such tensor. */
  fuseGateUpExps: { kind: 'flag', help: 'join gate and up of experts' },
  /** Weights that are 8-bit floats in the source become Q8_0 whatever the rest becomes. */
  fp8AsQ8: { kind: 'flag', help: 'weights that are 8-bit floats become Q8_0' },
  /** The dense layers that sentence-transformers puts behind an embedding model, too (EmbeddingGemma). */
  sentenceTransformersDenseModules: { kind: 'flag', help: 'the dense layers behind an embedding model, too' },
  /** Name of the pre-tokenizer, for a tokenizer that is not recognised. */
  pre: { kind: 'text', value: 'name', help: 'name of the pre-tokenizer, when it is not recognised' },
  /** Takes params.json, consolidated*.safetensors and Mistral's tokenizer: a repository in Mistral's own format. */
  mistralFormat: { kind: 'flag', help: "read params.json, consolidated*.safetensors and Mistral's tokenizer" },
  /**
   * Writes what llama.cpp's converter would, byte for byte, also where llama.cpp cannot load the result: such models are
   * refused otherwise, and layers that config.json states and the checkpoint lacks (MTP) are left out.
   */
  asReference: { kind: 'flag', help: "llama.cpp's bytes, even of a model that it cannot load" },
  /** Leaves out the chat template that a model in Mistral's own format gets when it brings none. */
  disableMistralCommunityChatTemplate: { kind: 'flag', help: 'no chat template when the model brings none' },
  /** Bytes of tensor data in a file: a number, or `700K`, `500M`, `2G` (decimal). */
  splitMaxSize: { kind: 'size', help: 'most tensor data in one file: 2G, 500M, 800K' },
  /** Tensors in a file. */
  splitMaxTensors: { kind: 'count', most: 1_000_000, help: 'most tensors in one file' },
  /** Only keys in the first file: there are two files at least. */
  noTensorFirstSplit: { kind: 'flag', help: 'only keys in the first file' },
});

export type ConvertOptions = OptionsOf<typeof CONVERT_OPTIONS> & MixStageOptions;
