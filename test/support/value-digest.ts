import { createHash, type Hash } from 'node:crypto';
import { VALUE_TYPES, type GgufValue, type ScalarType } from '../../src/gguf/index.js';

/** SHA-256 of a metadata value's type and bytes as a GGUF holds them, written here without the product's writer. */
export function valueDigest(value: GgufValue): string {
  const hash = createHash('sha256');
  number32(hash, VALUE_TYPES.indexOf(value.type));
  if (value.type === 'ARRAY') {
    number32(hash, VALUE_TYPES.indexOf(value.items));
    number64(hash, BigInt(value.value.length));
    for (const item of value.value) scalar(hash, value.items, item);
  } else {
    scalar(hash, value.type, value.value);
  }
  return hash.digest('hex');
}

function scalar(hash: Hash, type: ScalarType, value: unknown): void {
  if (type === 'STRING') {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : (value as Uint8Array);
    number64(hash, BigInt(bytes.length));
    hash.update(bytes);
  } else if (type === 'BOOL') hash.update(Uint8Array.of(value === true ? 1 : 0));
  else if (type === 'UINT8') hash.update(Uint8Array.of(Number(value)));
  else if (type === 'UINT32' || type === 'INT32') number32(hash, Number(value));
  else if (type === 'FLOAT32') hash.update(new Uint8Array(Float32Array.of(Number(value)).buffer));
  else throw new Error(`no ${type} in these tests`);
}

function number32(hash: Hash, value: number): void {
  const bytes = Buffer.alloc(4);
  if (value < 0) bytes.writeInt32LE(value);
  else bytes.writeUInt32LE(value);
  hash.update(bytes);
}

function number64(hash: Hash, value: bigint): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  hash.update(bytes);
}
