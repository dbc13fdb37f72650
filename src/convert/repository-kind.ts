import type { Snapshot } from '../files/index.js';
import { isJsonObject, jsonField, parsePythonJson, readText } from '../files/index.js';

/** What a repository is that holds no model in the transformers layout. */
export type RepositoryKind = 'adapter' | 'dataset' | 'diffusers' | 'gguf' | 'onnx' | 'other' | 'space';

/** A repository, named for what it is. */
export interface NamedRepository {
  readonly kind: RepositoryKind;
  /** With its article: `a LoRA adapter of org/base`. */
  readonly what: string;
  /** What can be done with it. */
  readonly ways: readonly string[];
}

/** An adapter_config.json larger than this is none. */
const ADAPTER_LIMIT = 1024 * 1024;

const WEIGHTS = /^(?:model|consolidated)[^/]*\.safetensors(?:\.index\.json)?$/;

/** Names what is no model for the converter, by the files that are there; `undefined` for everything else. */
export async function nameRepository(snapshot: Snapshot, signal?: AbortSignal): Promise<NamedRepository | undefined> {
  const paths = new Set([...snapshot.files, ...(snapshot.leftOut ?? [])].map(({ path }) => path));
  const has = (pattern: RegExp): boolean => [...paths].some((path) => pattern.test(path));
  if (has(WEIGHTS)) return undefined;
  if (paths.has('adapter_config.json') || has(/^adapter_model\./)) return adapter(snapshot, signal);
  if (paths.has('model_index.json') || has(/(?:^|\/)diffusion_pytorch_model[^/]*\.safetensors$/)) return DIFFUSERS;
  if (has(/\.gguf$/i)) return GGUF;
  if (has(/\.onnx$/i)) return ONNX;
  // Beside pickles the refusal of those says more.
  const format = has(/\.(?:bin|pt|pth|ckpt|pkl)$/i) ? undefined : OTHER_FORMATS.find(([name]) => has(name))?.[1];
  if (format !== undefined) return { ...OTHER, what: `a repository of weights for ${format} only` };
  if (has(/\.(?:parquet|arrow)$/) || paths.has('dataset_infos.json')) return DATASET;
  return paths.has('app.py') || paths.has('Dockerfile') ? SPACE : undefined;
}

async function adapter(snapshot: Snapshot, signal: AbortSignal | undefined): Promise<NamedRepository> {
  const base = await baseModel(snapshot, signal);
  return {
    kind: 'adapter',
    what: base === undefined ? 'a LoRA adapter' : `a LoRA adapter of ${base}`,
    ways: [
      `merge it into its base model first, where it was trained: PeftModel.from_pretrained(base, adapter).merge_and_unload().save_pretrained('merged')`,
      'or publish it as it is: pipeline push SOURCE REF',
    ],
  };
}

/** The model that an adapter belongs to, as its configuration says; a path on the trainer's disk is one, too. */
async function baseModel(snapshot: Snapshot, signal: AbortSignal | undefined): Promise<string | undefined> {
  const file = snapshot.files.find(({ path }) => path === 'adapter_config.json');
  if (file === undefined || file.size > ADAPTER_LIMIT) return undefined;
  const value = parsePythonJson(await readText(file, ADAPTER_LIMIT, signal), file.path);
  const name = isJsonObject(value) ? jsonField(value, 'base_model_name_or_path') : undefined;
  return typeof name === 'string' && name !== '' ? name.slice(0, 200) : undefined;
}

const GGUF: NamedRepository = {
  kind: 'gguf',
  what: 'a repository of GGUF files: there is nothing to convert',
  ways: [
    'pipeline push SOURCE REF   (every quantization as an artifact; --quant NAME takes one)',
    'pipeline quantize SOURCE --quant F16 Q4_K_M -o out.gguf   (makes another quantization)',
  ],
};

const ONNX: NamedRepository = {
  kind: 'onnx',
  what: 'a repository of ONNX files, which cannot become a GGUF',
  ways: ['pipeline push SOURCE REF   (publishes it as it is)', 'convert the repository that it was exported from'],
};

const DIFFUSERS: NamedRepository = {
  kind: 'diffusers',
  what: 'a diffusers pipeline (images, video or sound), which llama.cpp cannot run',
  ways: [
    'pipeline push SOURCE REF   (publishes it as it is)',
    'its text encoder may be convertible: point at that folder alone',
  ],
};

/** Weights that are neither safetensors nor refused as pickles. */
const OTHER_FORMATS: readonly (readonly [name: RegExp, format: string])[] = [
  [/\.(?:h5|keras)$/i, 'TensorFlow or Keras'],
  [/(?:^|\/)saved_model\.pb$/i, 'TensorFlow'],
  [/\.tflite$/i, 'LiteRT (TFLite)'],
  [/\.(?:mlmodel|mlmodelc|mlpackage)(?:\/|$)/i, 'Core ML'],
  [/\.nemo$/i, 'NeMo'],
  [/\.(?:engine|plan)$/i, 'TensorRT'],
  [/\.(?:rknn|rkllm)$/i, 'Rockchip'],
  [/(?:^|\/)openvino_\w*\.xml$/i, 'OpenVINO'],
  [/\.pte$/i, 'ExecuTorch'],
];

const OTHER: NamedRepository = {
  kind: 'other',
  what: '',
  ways: [
    'convert the repository with the safetensors that these were made from: the model card names it as base_model',
  ],
};

const DATASET: NamedRepository = {
  kind: 'dataset',
  what: 'a data set, not a model',
  ways: ['give the repository of a model'],
};

const SPACE: NamedRepository = {
  kind: 'space',
  what: 'a Space or a program, not a model',
  ways: ['its README names the models that it uses: give one of them'],
};
