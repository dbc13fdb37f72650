import { readFile } from 'node:fs/promises';
import { bytes, tensor } from './protobuf.js';

const GRAPH = 7;
const INITIALIZER = 5;
const INT8 = 3;

/** A field of a message: its number, the bytes of its whole, and its content (or its number, for integers). */
interface Field {
  readonly number: number;
  readonly whole: Buffer;
  readonly content: Buffer;
  readonly value: number;
}

function* fieldsOf(message: Buffer): Generator<Field> {
  for (let at = 0; at < message.length;) {
    const start = at;
    const varint = (): number => {
      let result = 0;
      for (let factor = 1; ; factor *= 128) {
        const byte = message[at++]!;
        result += (byte & 0x7f) * factor;
        if (byte < 128) return result;
      }
    };
    const tag = varint();
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    const value = wire === 0 || wire === 2 ? varint() : 0;
    const from = at;
    at += wire === 2 ? value : wire === 5 ? 4 : wire === 1 ? 8 : 0;
    yield { number, whole: message.subarray(start, at), content: message.subarray(from, at), value };
  }
}

/**
 * The model whose matrices are `int8 · scale` with the published weights in their place: the same graph in full
 * precision. Matrices are told by their values, for an export forgets their names: rounding moves none by more than half
 * a scale.
 */
export async function fullPrecision(int8Path: string, safetensorsPath: string): Promise<Buffer> {
  const weights = await readSafetensors(safetensorsPath);
  const model = await readFile(int8Path);
  const graph = [...fieldsOf(model)].find(({ number }) => number === GRAPH)!;
  const initializers = [...fieldsOf(graph.content)].filter(({ number }) => number === INITIALIZER);
  const scales = new Map(initializers.map((field) => tensorOf(field.content)).map((one) => [one.name, one]));
  const parts = [...fieldsOf(graph.content)].map(({ number, whole, content }) => {
    const stored = number === INITIALIZER ? tensorOf(content) : undefined;
    if (stored?.type !== INT8) return whole;
    const scale = scales.get(stored.name.replace(/_q$/, '_scale'))!;
    const exact = matrixOf(stored, scale, weights);
    return bytes(INITIALIZER, tensor(stored.name, stored.shape, bytes(9, new Uint8Array(exact.buffer))));
  });
  const before = [...fieldsOf(model)].filter(({ number }) => number !== GRAPH).map(({ whole }) => whole);
  return Buffer.concat([...before, bytes(GRAPH, Buffer.concat(parts))]);
}

interface Stored {
  readonly name: string;
  readonly type: number;
  readonly shape: number[];
  readonly raw: Buffer;
  readonly floats: Float32Array;
}

function tensorOf(content: Buffer): Stored {
  const fields = [...fieldsOf(content)];
  const raw = fields.find(({ number }) => number === 9)?.content ?? Buffer.alloc(0);
  return {
    name: fields.find(({ number }) => number === 8)?.content.toString() ?? '',
    type: fields.find(({ number }) => number === 2)?.value ?? 0,
    shape: shapeOf(fields),
    raw,
    floats: new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length - (raw.length % 4))),
  };
}

/** Dimensions: an integer each, or all of them packed. */
function shapeOf(fields: readonly Field[]): number[] {
  return fields
    .filter(({ number }) => number === 1)
    .flatMap(({ content, value }) => (content.length === 0 ? [value] : unpacked(content)));
}

function unpacked(content: Buffer): number[] {
  const numbers: number[] = [];
  let [value, factor] = [0, 1];
  for (const byte of content) {
    value += (byte & 0x7f) * factor;
    factor *= 128;
    if (byte >= 128) continue;
    numbers.push(value);
    [value, factor] = [0, 1];
  }
  return numbers;
}

/** The published weights of a matrix, over its scales; a linear layer's matrix is stored the other way round. */
function matrixOf({ shape, raw, name }: Stored, scale: Stored, weights: readonly Weight[]): Float32Array {
  const [rows = 0, columns = 0] = shape;
  const scaleAt = (row: number, column: number): number => scale.floats[scale.shape[0] === 1 ? column : row]!;
  for (const { shape: found, values } of weights) {
    const [first = 0, second = 0] = found;
    for (const turned of [false, true]) {
      if (turned ? first !== columns || second !== rows : first !== rows || second !== columns) continue;
      const at = (row: number, column: number): number =>
        values[turned ? column * rows + row : row * columns + column]! / scaleAt(row, column);
      const isIt = [...Array(64).keys()].every((probe) => {
        const [row, column] = [(probe * 7919) % rows, (probe * 104_729) % columns];
        return Math.abs(at(row, column) - raw.readInt8(row * columns + column)) < 0.51;
      });
      if (isIt)
        return Float32Array.from({ length: rows * columns }, (_, i) => at(Math.floor(i / columns), i % columns));
    }
  }
  throw new Error(`no weights are those of ${name}`);
}

interface Weight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

async function readSafetensors(path: string): Promise<Weight[]> {
  const file = await readFile(path);
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + length)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  return Object.entries(header)
    .filter(([name, { dtype }]) => name !== '__metadata__' && dtype === 'F32')
    .map(
      ([
        ,
        {
          shape,
          data_offsets: [from, end],
        },
      ]) => {
        const start = file.byteOffset + 8 + length;
        return { shape, values: new Float32Array(file.buffer.slice(start + from, start + end)) };
      },
    );
}
