// Messages between this process and one that it starts: a header of JSON, and typed arrays behind it as they are in
// memory. Lengths come first, so that a reader knows what it waits for; they are bounded.

/** A value of a message: JSON, with typed arrays where there are any. */
export type FrameValue =
  | undefined
  | null
  | boolean
  | number
  | string
  | FrameArray
  | readonly FrameValue[]
  | { readonly [key: string]: FrameValue };

export type FrameArray = Uint8Array | Int32Array | Float32Array | Float64Array;

const KINDS = { u8: Uint8Array, i32: Int32Array, f32: Float32Array, f64: Float64Array } as const;
type Kind = keyof typeof KINDS;

/** Bytes of the JSON of one message. */
const HEADER_LIMIT = 64 * 1024 * 1024;
/** Bytes of all arrays of one message. */
const BODY_LIMIT = 4 * 1024 * 1024 * 1024;
const PREFIX = 12;

/** The bytes of a message, in pieces. */
export function encodeFrame(value: FrameValue): Uint8Array[] {
  const bodies: Uint8Array[] = [];
  // Taken from its holder: a Buffer would have become something else already.
  const json = JSON.stringify(value, function (this: Record<string, unknown>, key, converted: unknown) {
    const part = this[key];
    const kind = kindOf(part);
    if (kind === undefined) return converted;
    const array = part as FrameArray;
    bodies.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    return { $array: kind, bytes: array.byteLength };
  });
  const header = new TextEncoder().encode(json ?? 'null');
  const prefix = new Uint8Array(PREFIX);
  const view = new DataView(prefix.buffer);
  view.setUint32(0, header.length, true);
  view.setFloat64(
    4,
    bodies.reduce((sum, body) => sum + body.length, 0),
    true,
  );
  return [prefix, header, ...bodies];
}

function kindOf(value: unknown): Kind | undefined {
  return (Object.keys(KINDS) as Kind[]).find((kind) => value instanceof KINDS[kind]);
}

/** Puts messages together from a stream's chunks. Throws for lengths that cannot be. */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  #length = 0;
  #wanted: { readonly header: number; readonly body: number } | undefined;

  /** Takes a chunk and returns the messages that are complete now. */
  push(chunk: Uint8Array): FrameValue[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const messages: FrameValue[] = [];
    for (let message = this.#next(); message !== NONE; message = this.#next()) messages.push(message);
    return messages;
  }

  #next(): FrameValue | typeof NONE {
    if (this.#wanted === undefined) {
      if (this.#length < PREFIX) return NONE;
      const prefix = this.#take(PREFIX);
      const view = new DataView(prefix.buffer, prefix.byteOffset);
      const wanted = { header: view.getUint32(0, true), body: view.getFloat64(4, true) };
      if (wanted.header > HEADER_LIMIT || !(wanted.body >= 0 && wanted.body <= BODY_LIMIT))
        throw new RangeError('a message is longer than it may be');
      this.#wanted = wanted;
    }
    const { header, body } = this.#wanted;
    if (this.#length < header + body) return NONE;
    this.#wanted = undefined;
    return decode(this.#take(header), this.#take(body));
  }

  /** The next bytes, in memory of their own. */
  #take(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      const first = this.#chunks[0] as Uint8Array;
      const part = first.subarray(0, count - filled);
      bytes.set(part, filled);
      filled += part.length;
      if (part.length === first.length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(part.length);
    }
    this.#length -= count;
    return bytes;
  }
}

const NONE = Symbol('no message yet');

function decode(header: Uint8Array, body: Uint8Array): FrameValue {
  let at = 0;
  return JSON.parse(new TextDecoder().decode(header), (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || !('$array' in part) || !('bytes' in part)) return part;
    const { $array, bytes } = part as { $array: Kind; bytes: number };
    if (!(at + bytes <= body.length)) throw new RangeError('a message is shorter than it says');
    const slice = body.slice(at, at + bytes);
    at += bytes;
    return new KINDS[$array](slice.buffer);
  }) as FrameValue;
}
