/** Protobuf written by hand (onnx.proto's numbers): what a test wants to say, right or wrong. */
export function varint(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

export const integer = (field: number, value: number | bigint): Uint8Array =>
  Uint8Array.from([...varint(field * 8), ...varint(value)]);

/** A text or bytes. */
export function bytes(field: number, content: Uint8Array | string): Uint8Array {
  const body = Buffer.from(content as string);
  return Buffer.concat([Uint8Array.from([...varint(field * 8 + 2), ...varint(body.length)]), body]);
}

export const message = (field: number, ...parts: Uint8Array[]): Uint8Array => bytes(field, Buffer.concat(parts));

/** A shape that has sizes and names. */
const shape = (...dimensions: (number | string)[]): Uint8Array =>
  message(2, ...dimensions.map((it) => message(1, typeof it === 'number' ? integer(1, it) : bytes(2, it))));

/** An input (11) or output (12) of a graph. */
export const value = (field: number, name: string, type: number, ...dimensions: (number | string)[]): Uint8Array =>
  message(field, bytes(1, name), message(2, message(1, integer(1, type), shape(...dimensions))));

export const entry = (key: string, text: string): Uint8Array => Buffer.concat([bytes(1, key), bytes(2, text)]);

/** TensorProto of float32; `stored` are its bytes in the file. */
export const tensor = (name: string, dimensions: (number | bigint)[], ...more: Uint8Array[]): Uint8Array =>
  Buffer.concat([
    bytes(1, Uint8Array.from(dimensions.flatMap((it) => varint(it)))),
    integer(2, 1),
    bytes(8, name),
    ...more,
  ]);

/** The part of a tensor that says its data is elsewhere. */
export const elsewhere = (location: string, offset: number, length: number): Uint8Array =>
  Buffer.concat([
    message(13, entry('location', location)),
    message(13, entry('offset', String(offset))),
    message(13, entry('length', String(length))),
    integer(14, 1),
  ]);

export const node = (operator: string, domain = '', ...attributes: Uint8Array[]): Uint8Array =>
  message(1, bytes(4, operator), bytes(7, domain), ...attributes.map((it) => message(5, it)));

/** A whole model around the parts of a graph. */
export const model = (...graph: Uint8Array[]): Uint8Array =>
  Buffer.concat([
    integer(1, 8),
    bytes(2, 'hand'),
    bytes(3, '1.0'),
    message(7, bytes(2, 'main'), ...graph),
    message(8, bytes(1, ''), integer(2, 17)),
    message(8, bytes(1, 'com.acme'), integer(2, 1)),
    message(14, entry('author', 'ci')),
  ]);
