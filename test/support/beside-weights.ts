import { memoryFile, readWhole, type ModelFile } from '../../src/files/index.js';
import { ggufFile, type GgufContent, type GgufValue } from '../../src/gguf/index.js';

// GGUFs of every role, small and under names that do not tell it.

const text = (value: string): GgufValue => ({ type: 'STRING', value });

async function gguf(
  path: string,
  keys: Readonly<Record<string, GgufValue>>,
  tensors: Readonly<Record<string, readonly [number, number]>>,
): Promise<ModelFile> {
  const content: GgufContent = {
    metadata: new Map(Object.entries(keys)),
    tensors: Object.entries(tensors).map(([name, dimensions]) => ({
      name,
      dimensions,
      type: 'F16',
      read: async function* () {
        yield new Uint8Array(dimensions[0] * dimensions[1] * 2).fill(name.length);
      },
    })),
  };
  return memoryFile(path, await readWhole(ggufFile(path, content), 2 ** 24));
}

/** A language model of four small tensors, in F16. */
export async function languageModel(path: string): Promise<ModelFile> {
  const keys = {
    'general.architecture': text('llama'),
    'general.type': text('model'),
    'general.file_type': { type: 'UINT32', value: 1 },
    'llama.block_count': { type: 'UINT32', value: 1 },
    'tokenizer.ggml.model': text('gpt2'),
  } as const;
  const names = ['token_embd.weight', 'output.weight', 'blk.0.ffn_up.weight', 'blk.0.ffn_down.weight'];
  return gguf(path, keys, Object.fromEntries(names.map((name) => [name, [256, 8] as const])));
}

/** A projector of images, of sound, or of both. */
export async function projector(path: string, ...encoders: readonly ('vision' | 'audio')[]): Promise<ModelFile> {
  const keys = {
    'general.architecture': text('clip'),
    'general.type': text('mmproj'),
    'general.file_type': { type: 'UINT32', value: 1 },
    ...Object.fromEntries(encoders.map((name) => [`clip.has_${name}_encoder`, { type: 'BOOL', value: true } as const])),
  } as const;
  return gguf(path, keys, { 'mm.0.weight': [32, 8] });
}

/** A LoRA adapter on `llama`. */
export async function loraAdapter(path: string): Promise<ModelFile> {
  const keys = {
    'general.architecture': text('llama'),
    'general.type': text('adapter'),
    'adapter.type': text('lora'),
    'general.file_type': { type: 'UINT32', value: 1 },
    'adapter.lora.alpha': { type: 'FLOAT32', value: 16 },
  } as const;
  return gguf(path, keys, { 'blk.0.attn_q.weight.lora_a': [32, 4], 'blk.0.attn_q.weight.lora_b': [4, 32] });
}
