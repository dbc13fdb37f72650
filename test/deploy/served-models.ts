import type { ServedModel } from '../../src/deploy/index.js';
import type { GgufMetadata, GgufValue } from '../../src/gguf/index.js';

/** Keys of a small decoder. */
export function decoderKeys(more: Readonly<Record<string, GgufValue>> = {}): GgufMetadata {
  const u32 = (value: number): GgufValue => ({ type: 'UINT32', value });
  return new Map<string, GgufValue>([
    ['general.architecture', { type: 'STRING', value: 'llama' }],
    ['general.file_type', u32(15)],
    ['llama.block_count', u32(16)],
    ['llama.context_length', u32(131_072)],
    ['llama.embedding_length', u32(2048)],
    ['llama.feed_forward_length', u32(8192)],
    ['llama.attention.head_count', u32(32)],
    ['llama.attention.head_count_kv', u32(8)],
    ['llama.vocab_size', u32(128_256)],
    ['tokenizer.chat_template', { type: 'STRING', value: '{{ messages }}' }],
    ...Object.entries(more),
  ]);
}

const DIGEST = `sha256:${'ab'.repeat(32)}` as const;

const GGUF: ServedModel = {
  repository: 'harbor.example.com/models/tiny',
  digest: DIGEST,
  tag: 'q4_k_m',
  pinned: `harbor.example.com/models/tiny@${DIGEST}`,
  format: 'modelpack',
  shape: 'modelpack-raw',
  hasShell: false,
  files: [{ path: 'tiny-Q4_K_M.gguf', size: 770_000_000, role: 'weights' }],
  weights: 'gguf',
  task: 'generate',
  name: 'tiny',
  modelArchitecture: 'llama',
  contextLength: 131_072,
  quantization: 'Q4_K_M',
  gguf: decoderKeys(),
  chatTemplate: true,
  annotations: {
    'org.opencontainers.image.source': 'https://huggingface.co/acme/tiny',
    'org.opencontainers.image.revision': '0f3c'.repeat(10),
    'org.opencontainers.image.licenses': 'Apache-2.0',
  },
};

const IMAGE = { format: 'modelcar', shape: 'image', architecture: 'amd64' } as const;
const { gguf: _gguf, quantization: _quantization, ...PLAIN } = GGUF;
const SAFETENSORS: ServedModel = {
  ...PLAIN,
  weights: 'safetensors',
  contextLength: 32_768,
  files: [
    { path: 'config.json', size: 900, role: 'settings' },
    { path: 'model-00001-of-00002.safetensors', size: 4_900_000_000, role: 'weights' },
    { path: 'model-00002-of-00002.safetensors', size: 3_100_000_000, role: 'weights' },
    { path: 'tokenizer.json', size: 9_000_000, role: 'settings' },
  ],
};

/** Ten artifacts: the forms in which models come to a registry. */
export const SERVED_MODELS: Readonly<Record<string, ServedModel>> = {
  'GGUF as ModelPack': GGUF,
  'GGUF as modelcar': { ...GGUF, ...IMAGE },
  'GGUF as modelcar with a base': { ...GGUF, ...IMAGE, hasShell: true },
  'split GGUF with a projector as modelcar': {
    ...GGUF,
    ...IMAGE,
    files: [
      { path: 'tiny-Q4_K_M-00001-of-00002.gguf', size: 600_000_000, role: 'weights' },
      { path: 'tiny-Q4_K_M-00002-of-00002.gguf', size: 170_000_000, role: 'weights' },
      { path: 'mmproj-F16.gguf', size: 90_000_000, role: 'projector' },
    ],
  },
  'GGUF with an adapter for Docker': {
    ...GGUF,
    format: 'docker',
    shape: 'docker-gguf',
    files: [...GGUF.files, { path: 'lora-french.gguf', size: 9_000_000, role: 'adapter' }],
  },
  'embedding GGUF as modelcar': {
    ...GGUF,
    ...IMAGE,
    task: 'embed',
    chatTemplate: false,
    gguf: decoderKeys({
      'general.architecture': { type: 'STRING', value: 'bert' },
      'bert.block_count': { type: 'UINT32', value: 12 },
      'bert.context_length': { type: 'UINT32', value: 512 },
      'bert.embedding_length': { type: 'UINT32', value: 384 },
      'bert.feed_forward_length': { type: 'UINT32', value: 1536 },
      'bert.attention.head_count': { type: 'UINT32', value: 12 },
      'bert.pooling_type': { type: 'UINT32', value: 1 },
    }),
  },
  'reranker GGUF as CNAI': { ...GGUF, format: 'cnai', shape: 'cnai-raw', task: 'rerank' },
  'safetensors as modelcar': { ...SAFETENSORS, ...IMAGE },
  'safetensors as ModelPack': SAFETENSORS,
  'GGUF as ModelKit in tar': { ...GGUF, format: 'kitops', shape: 'kitops-tar' },
};
