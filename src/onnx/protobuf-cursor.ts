import { countText, SlipwayError } from '../core/index.js';
import { readRange, type ModelFile } from '../files/index.js';

/** Bytes read at a time: one request each for a file behind HTTP. */
const WINDOW = 256 * 1024;
/** Bytes that one text or one list of numbers may have. */
const FIELD_LIMIT = 16 * 1024 * 1024;
/** Bytes of all texts of one file together: they are kept. */
const TEXTS_LIMIT = 256 * 1024 * 1024;
/** Numbers that one list may have. */
const LIST_LIMIT = 4096;
/** Bytes of the longest key with the longest number behind it. */
const HEAD_BYTES = 20;
/** Fields of one file, all levels together. */
const COUNT_LIMIT = 50_000_000;

const DECODER = new TextDecoder();

/** One field of a message: its number and wire type, and where its content lies. */
export interface Field {
  readonly number: number;
  /** 0 varint, 1 eight bytes, 2 a length and that many bytes, 5 four bytes. */
  readonly wire: number;
  /** Of a varint, or of four or eight bytes as an unsigned number. */
  readonly value: bigint;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads protobuf messages of a file in windows; content that is not asked for is never read. Everything that a message
 * claims is compared with what there is. Throws `ONNX_INVALID`.
 */
export class ProtobufCursor {
  readonly #file: ModelFile;
  readonly #signal: AbortSignal | undefined;
  #window: Uint8Array = new Uint8Array();
  #windowStart = 0;
  #fields = 0;
  #textBytes = 0;

  constructor(file: ModelFile, signal?: AbortSignal) {
    this.#file = file;
    this.#signal = signal;
  }

  get path(): string {
    return this.#file.path;
  }

  /** The fields of the message in a range, one after another. */
  async *fields(start: number, end: number): AsyncGenerator<Field> {
    for (let at = start; at < end;) {
      this.#fields += 1;
      if (this.#fields > COUNT_LIMIT) throw this.invalid('has more fields than any model needs');
      // A wait for each number would take most of the time of a file with a million tensors.
      if (!this.#holds(at, Math.min(end, at + HEAD_BYTES))) await this.#load(at, Math.min(end, at + HEAD_BYTES));
      const [key, afterKey] = this.#varint(at, end);
      const number = Number(key >> 3n);
      const wire = Number(key & 7n);
      if (number < 1 || number > 536_870_911) throw this.invalid(`has a field number ${number} at ${at}`);
      const field = this.#field(number, wire, afterKey, end);
      yield field;
      at = field.end;
    }
  }

  #field(number: number, wire: number, at: number, end: number): Field {
    if (wire === 0) {
      const [value, after] = this.#varint(at, end);
      return { number, wire, value, start: at, end: after };
    }
    if (wire === 1 || wire === 5) {
      const length = wire === 1 ? 8 : 4;
      if (at + length > end) throw this.invalid(`ends within a number at ${at}`);
      const bytes = this.#held(at, at + length);
      let value = 0n;
      for (const [index, byte] of bytes.entries()) value |= BigInt(byte) << BigInt(8 * index);
      return { number, wire, value, start: at, end: at + length };
    }
    if (wire !== 2) throw this.invalid(`has a field of wire type ${wire} at ${at}`);
    const [length, start] = this.#varint(at, end);
    if (length > BigInt(end - start))
      throw this.invalid(`has a field of ${countText(length, 'byte')} at ${at}, ${end - start} are there`);
    return { number, wire, value: 0n, start, end: start + Number(length) };
  }

  /** A text field. */
  async text({ start, end }: Field): Promise<string> {
    this.#textBytes += end - start;
    if (this.#textBytes > TEXTS_LIMIT) throw this.invalid(`has texts of more than ${countText(TEXTS_LIMIT, 'byte')}`);
    if (end - start > FIELD_LIMIT) throw this.invalid(`has a text of ${countText(end - start, 'byte')}`);
    if (!this.#holds(start, end)) await this.#load(start, end);
    return DECODER.decode(this.#held(start, end));
  }

  /** Whole numbers of a repeated field, packed or not, as signed 64-bit. */
  async integers(field: Field): Promise<bigint[]> {
    if (field.wire === 0) return [BigInt.asIntN(64, field.value)];
    if (field.wire !== 2) throw this.invalid(`has a list of wire type ${field.wire} at ${field.start}`);
    if (field.end - field.start > 10 * LIST_LIMIT) throw this.invalid('has a list that is too long');
    if (!this.#holds(field.start, field.end)) await this.#load(field.start, field.end);
    const values: bigint[] = [];
    for (let at = field.start; at < field.end;) {
      const [value, after] = this.#varint(at, field.end);
      values.push(BigInt.asIntN(64, value));
      at = after;
    }
    return values;
  }

  invalid(got: string): SlipwayError {
    return new SlipwayError('ONNX_INVALID', `'${this.#file.path}' is not an ONNX model that can be read`, {
      where: this.#file.path,
      got: `it ${got}`,
      try: 'fetch or export it anew',
    });
  }

  #varint(at: number, end: number): [bigint, number] {
    let value = 0;
    // What seven bytes say fits into a number.
    for (let index = 0; index < 7; index += 1) {
      if (at + index >= end) throw this.invalid(`ends within a number at ${at}`);
      const byte = this.#window[at + index - this.#windowStart] ?? 0;
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return [BigInt(value), at + index + 1];
    }
    return this.#longVarint(at, end);
  }

  #longVarint(at: number, end: number): [bigint, number] {
    let value = 0n;
    for (let index = 0; index < 10; index += 1) {
      if (at + index >= end) throw this.invalid(`ends within a number at ${at}`);
      const byte = this.#window[at + index - this.#windowStart] ?? 0;
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return [BigInt.asUintN(64, value), at + index + 1];
    }
    throw this.invalid(`has a number of more than ten bytes at ${at}`);
  }

  #holds(start: number, end: number): boolean {
    return start >= this.#windowStart && end <= this.#windowStart + this.#window.length;
  }

  #held(start: number, end: number): Uint8Array {
    return this.#window.subarray(start - this.#windowStart, end - this.#windowStart);
  }

  async #load(start: number, end: number): Promise<void> {
    const until = Math.min(this.#file.size, Math.max(end, start + WINDOW));
    this.#window = await readRange(this.#file, { start, end: until }, this.#signal);
    this.#windowStart = start;
  }
}
