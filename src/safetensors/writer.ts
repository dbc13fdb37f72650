import { memoryFile, type ModelFile } from '../files/index.js';
import type { SafetensorsDtype } from './dtype.js';

/** A tensor to be put into a safetensors file. */
export interface TensorToWrite {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** A small safetensors file in memory, tensors in the order given: for models that are built, not downloaded. */
export function writeSafetensors(path: string, tensors: readonly TensorToWrite[]): ModelFile {
  const header: [string, unknown][] = [];
  let at = 0;
  for (const { name, dtype, shape, data } of tensors) {
    header.push([name, { dtype, shape, data_offsets: [at, at + data.byteLength] }]);
    at += data.byteLength;
  }
  const text = `{${header.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(',')}}`;
  const json = Buffer.from(
    text.padEnd(Math.ceil(Buffer.byteLength(text) / 8) * 8 - Buffer.byteLength(text) + text.length),
  );
  const bytes = new Uint8Array(8 + json.byteLength + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.byteLength), true);
  bytes.set(json, 8);
  let offset = 8 + json.byteLength;
  for (const { data } of tensors) {
    bytes.set(data, offset);
    offset += data.byteLength;
  }
  return memoryFile(path, bytes);
}
