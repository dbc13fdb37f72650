import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { memoryFile, type ModelFile } from '../../src/files/index.js';

/**
 * A real small decoder (PyPI glassllm 0.1.0, MIT): 4 layers trained on English, put into the shape of a Hugging Face
 * Llama repository. The package keeps `y = x · W` matrices and rotates adjacent pairs; Hugging Face keeps `W` transposed
 * and rotates halves.
 */
export function glassllmRepository(folder: string): ModelFile[] {
  const arrays = readNpz(readFileSync(join(folder, 'en.npz')));
  const tokenizer = JSON.parse(readFileSync(join(folder, 'en.tokenizer.json'), 'utf8')) as Tokenizer;
  const take = (name: string): Matrix => {
    const array = arrays.get(`${name}.npy`);
    if (array === undefined) throw new Error(`en.npz has no ${name}`);
    return array;
  };
  const tensors = new Map<string, Matrix>([['model.embed_tokens.weight', take('E')]]);
  for (let layer = 0; layer < LAYERS; layer += 1) {
    const [from, to] = [`blocks.${layer}`, `model.layers.${layer}`];
    tensors.set(`${to}.input_layernorm.weight`, take(`${from}.norm1.gamma`));
    tensors.set(`${to}.self_attn.q_proj.weight`, halves(transposed(take(`${from}.attn.W_Q`)), HEADS));
    tensors.set(`${to}.self_attn.k_proj.weight`, halves(transposed(take(`${from}.attn.W_K`)), KV_HEADS));
    tensors.set(`${to}.self_attn.v_proj.weight`, transposed(take(`${from}.attn.W_V`)));
    tensors.set(`${to}.self_attn.o_proj.weight`, transposed(take(`${from}.attn.W_O`)));
    tensors.set(`${to}.post_attention_layernorm.weight`, take(`${from}.norm2.gamma`));
    tensors.set(`${to}.mlp.gate_proj.weight`, transposed(take(`${from}.ffn.W1`)));
    tensors.set(`${to}.mlp.up_proj.weight`, transposed(take(`${from}.ffn.W3`)));
    tensors.set(`${to}.mlp.down_proj.weight`, transposed(take(`${from}.ffn.W2`)));
  }
  tensors.set('model.norm.weight', take('norm_f.gamma'));
  return [
    memoryFile('config.json', `${JSON.stringify(CONFIG, null, 2)}\n`),
    memoryFile('model.safetensors', safetensors(tensors)),
    memoryFile('tokenizer.model', sentencePieces(tokenizer)),
  ];
}

const LAYERS = 4;
const HEADS = 4;
const KV_HEADS = 2;
const CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 128,
  intermediate_size: 341,
  num_hidden_layers: LAYERS,
  num_attention_heads: HEADS,
  num_key_value_heads: KV_HEADS,
  vocab_size: 1024,
  max_position_embeddings: 128,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  tie_word_embeddings: true,
  torch_dtype: 'float16',
  pad_token_id: 0,
  bos_token_id: 2,
  eos_token_id: 3,
};

interface Tokenizer {
  readonly alphabet: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
}

/** Half-precision numbers by rows. */
interface Matrix {
  readonly shape: readonly number[];
  readonly data: Uint16Array;
}

function transposed({ shape, data }: Matrix): Matrix {
  const [rows = 1, columns = 1] = shape;
  const out = new Uint16Array(data.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) out[column * rows + row] = data[row * columns + column]!;
  }
  return { shape: [columns, rows], data: out };
}

/** Rows of each head from adjacent pairs (0 1 2 3 …) to halves (0 2 4 … 1 3 5 …). */
function halves({ shape, data }: Matrix, heads: number): Matrix {
  const [rows = 1, columns = 1] = shape;
  const half = rows / heads / 2;
  const out = new Uint16Array(data.length);
  for (let row = 0; row < rows; row += 1) {
    const [head, within] = [Math.floor(row / (2 * half)), row % (2 * half)];
    const to = head * 2 * half + (within % 2) * half + Math.floor(within / 2);
    out.set(data.subarray(row * columns, (row + 1) * columns), to * columns);
  }
  return { shape, data: out };
}

function safetensors(tensors: ReadonlyMap<string, Matrix>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: 'F16', shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const text = JSON.stringify(header);
  const padded = text.padEnd(Math.ceil(text.length / 8) * 8);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const parts = [...tensors.values()].map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return Buffer.concat([length, Buffer.from(padded), ...parts]);
}

/** A SentencePiece model (sentencepiece_model.proto): specials, the alphabet, then merges by rank. */
function sentencePieces({ alphabet, merges }: Tokenizer): Uint8Array {
  const [NORMAL, UNKNOWN, CONTROL] = [1, 2, 3];
  const pieces: [string, number, number][] = [
    ['<pad>', 0, CONTROL],
    ['<unk>', 0, UNKNOWN],
    ['<bos>', 0, CONTROL],
    ['<eos>', 0, CONTROL],
    ...alphabet.map((piece): [string, number, number] => [piece, -1e4, NORMAL]),
    ...merges.map(([a, b], rank): [string, number, number] => [a + b, -rank, NORMAL]),
  ];
  const trainer = message([field(3, 2), field(40, 1), field(41, 2), field(42, 3), field(43, 0)]);
  const normalizer = message([text(1, 'identity'), field(3, 0), field(4, 0), field(5, 1)]);
  return Buffer.concat([
    ...pieces.map(([piece, score, type]) => bytes(1, message([text(1, piece), float(2, score), field(3, type)]))),
    bytes(2, trainer),
    bytes(3, normalizer),
  ]);
}

const message = (fields: readonly Buffer[]): Buffer => Buffer.concat(fields);
const field = (number: number, value: number): Buffer => Buffer.concat([varint(number * 8), varint(value)]);
const bytes = (number: number, value: Uint8Array): Buffer =>
  Buffer.concat([varint(number * 8 + 2), varint(value.byteLength), value]);
const text = (number: number, value: string): Buffer => bytes(number, Buffer.from(value));
function float(number: number, value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeFloatLE(value);
  return Buffer.concat([varint(number * 8 + 5), out]);
}
function varint(value: number): Buffer {
  const out = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128);
  return Buffer.from([...out, rest]);
}

/** NumPy's .npz: a zip of .npy files; here little-endian half-precision arrays in C order, others are left out. */
function readNpz(zip: Buffer): Map<string, Matrix> {
  const arrays = new Map<string, Matrix>();
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let at = zip.readUInt32LE(end + 16);
  for (let entry = 0; entry < zip.readUInt16LE(end + 10); entry += 1) {
    const nameLength = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const stored = zip.subarray(start, start + zip.readUInt32LE(at + 20));
    const array = readNpy(zip.readUInt16LE(at + 10) === 8 ? inflateRawSync(stored) : stored);
    if (array !== undefined) arrays.set(name, array);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return arrays;
}

function readNpy(npy: Buffer): Matrix | undefined {
  const headerEnd = 10 + npy.readUInt16LE(8);
  const header = npy.toString('latin1', 10, headerEnd);
  if (!header.includes("'<f2'") || header.includes("'fortran_order': True")) return undefined;
  const shape = [...(/'shape': \(([^)]*)\)/.exec(header)?.[1] ?? '').matchAll(/\d+/g)].map(Number);
  const data = new Uint8Array(npy.subarray(headerEnd));
  return { shape, data: new Uint16Array(data.buffer) };
}
