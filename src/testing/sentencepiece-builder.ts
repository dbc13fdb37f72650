import { memoryFile, type ModelFile } from '../files/index.js';

// Piece types of sentencepiece_model.proto.
const NORMAL = 1;
const UNKNOWN = 2;
const CONTROL = 3;
const BYTE = 6;
const BPE = 2;

const SPACE = '\u2581';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'.split('');

/** The smallest vocabulary: 3 specials, 256 bytes, the space and the printable ASCII characters. */
export const SMALLEST_VOCABULARY: number = 3 + 256 + 1 + 94;

/**
 * A SentencePiece model (BPE with byte fallback, as Llama 2 has it) with exactly `size` pieces: `<unk>`, `<s>`, `</s>`,
 * 256 bytes, the ASCII characters, then made-up syllables. Real tokenizers load it and encode any text with it.
 */
export function buildSentencePiece(size: number): ModelFile {
  if (!Number.isSafeInteger(size) || size < SMALLEST_VOCABULARY) {
    throw new RangeError(`a vocabulary of ${size} pieces is too small, ${SMALLEST_VOCABULARY} at least`);
  }
  const message = new Protobuf();
  for (const [piece, type] of [
    ['<unk>', UNKNOWN],
    ['<s>', CONTROL],
    ['</s>', CONTROL],
  ] as const) {
    message.message(1, pieceMessage(piece, 0, type));
  }
  for (let byte = 0; byte < 256; byte++) {
    const name = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
    message.message(1, pieceMessage(name, 0, BYTE));
  }
  const texts = pieceTexts();
  for (let index = 0; index < size - 259; index++) {
    const { value } = texts.next();
    if (typeof value === 'string') message.message(1, pieceMessage(value, -index, NORMAL));
  }
  message.message(2, trainerSpec(size));
  // Normalizer: "identity", with the leading space that Llama adds.
  message.message(3, new Protobuf().text(1, 'identity').number(3, 1).number(4, 0).number(5, 1));
  return memoryFile('tokenizer.model', message.bytes());
}

function pieceMessage(piece: string, score: number, type: number): Protobuf {
  return new Protobuf().text(1, piece).float(2, score).number(3, type);
}

function trainerSpec(size: number): Protobuf {
  return new Protobuf().number(3, BPE).number(4, size).number(35, 1).number(40, 0).number(41, 1).number(42, 2);
}

/** Distinct texts without end: characters first, then syllables with and without the space, shortest first. */
function* pieceTexts(): Generator<string> {
  yield SPACE;
  for (let code = 33; code < 127; code++) yield String.fromCharCode(code);
  for (const letter of LETTERS) yield SPACE + letter;
  for (let syllables = LETTERS; ;) {
    const longer = syllables.flatMap((head) => LETTERS.map((letter) => head + letter));
    for (const text of longer) {
      yield text;
      yield SPACE + text;
    }
    syllables = longer;
  }
}

/** As much of Protocol Buffers' wire format as the model needs. */
class Protobuf {
  readonly #bytes: number[] = [];

  number(field: number, value: number): this {
    return this.#varint(field * 8).#varint(value);
  }

  float(field: number, value: number): this {
    this.#varint(field * 8 + 5);
    this.#bytes.push(...new Uint8Array(new Float32Array([value]).buffer));
    return this;
  }

  text(field: number, value: string): this {
    return this.#block(field, new TextEncoder().encode(value));
  }

  message(field: number, value: Protobuf): this {
    return this.#block(field, value.bytes());
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #block(field: number, bytes: Uint8Array): this {
    this.#varint(field * 8 + 2).#varint(bytes.byteLength);
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  #varint(value: number): this {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#bytes.push((rest % 128) + 128);
    this.#bytes.push(rest);
    return this;
  }
}
