import { countText } from '../../core/index.js';
import { invalidTokenizer } from './limits.js';

/** A field of a protobuf message: a varint, eight or four raw bytes, or a run of bytes. */
export interface SentencePieceField {
  readonly number: number;
  readonly value: number | Uint8Array;
}

/**
 * Walks over the fields of a protobuf message (the wire format of protobuf 2 and 3, groups excepted).
 * Throws `TOKENIZER_INVALID` for what runs over the end or is malformed; varints beyond 53 bits lose precision.
 */
export function* fields(message: Uint8Array, where: string): Generator<SentencePieceField> {
  let offset = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1, length = 0; length < 10; factor *= 128, length += 1) {
      const byte = message[offset];
      if (byte === undefined) throw invalidTokenizer('the file ends within a number', where, `offset ${offset}`);
      offset += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw invalidTokenizer('a number is too long', where, `offset ${offset}`);
  };
  const take = (length: number): Uint8Array => {
    if (length > message.length - offset) {
      const got = `${countText(length, 'byte')} at offset ${offset} of ${message.length}`;
      throw invalidTokenizer('a field runs over the end', where, got);
    }
    offset += length;
    return message.subarray(offset - length, offset);
  };
  while (offset < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (number === 0) throw invalidTokenizer('a field has no number', where, `offset ${offset}`);
    if (wire === 0) yield { number, value: varint() };
    else if (wire === 1) yield { number, value: take(8) };
    else if (wire === 2) yield { number, value: take(varint()) };
    else if (wire === 5) yield { number, value: take(4) };
    else throw invalidTokenizer('a field has an unknown wire type', where, `type ${wire} at offset ${offset}`);
  }
}

/** Four bytes as a float; other fields are no floats. */
export function floatOf(value: number | Uint8Array): number | undefined {
  if (typeof value === 'number' || value.length !== 4) return undefined;
  return new DataView(value.buffer, value.byteOffset, 4).getFloat32(0, true);
}
