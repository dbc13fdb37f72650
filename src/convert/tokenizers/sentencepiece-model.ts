import { checkTokenCount, invalidTokenizer } from './limits.js';
import { fields, floatOf } from './protobuf.js';
import { TOKEN_TYPE } from './token-list.js';

/** How a SentencePiece model cuts: `trainer_spec.model_type`. */
export const MODEL_TYPE = { UNIGRAM: 1, BPE: 2 } as const;

/** A SentencePiece model file (`sentencepiece_model.proto`), as far as a vocabulary needs it. */
export interface SentencePieceModel {
  readonly pieces: readonly string[];
  readonly scores: Float32Array;
  /** As in the file, user-defined ones included. */
  readonly types: Int32Array;
  readonly modelType: number;
  readonly addDummyPrefix: boolean;
  readonly removeExtraWhitespaces: boolean;
  readonly precompiledCharsmap: Uint8Array;
}

interface Piece {
  text: string;
  score: number;
  type: number;
}

/** Reads a model file. Throws `TOKENIZER_INVALID` for anything that SentencePiece would not load. */
export function parseSentencePieceModel(bytes: Uint8Array, where: string): SentencePieceModel {
  const pieces: Piece[] = [];
  let trainer: Uint8Array = new Uint8Array();
  let normalizer: Uint8Array = new Uint8Array();
  for (const { number, value } of fields(bytes, where)) {
    if (typeof value === 'number') continue;
    if (number === 1) pieces.push(parsePiece(value, where));
    else if (number === 2) trainer = value;
    else if (number === 3) normalizer = value;
  }
  checkTokenCount(pieces.length, where);
  checkPieces(pieces, where);
  checkBytes(pieces, fallsBackToBytes(trainer, where), where);
  const modelType = parseModelType(trainer, where);
  if (modelType === MODEL_TYPE.UNIGRAM) checkUnigram(pieces, where);
  return {
    pieces: pieces.map(({ text }) => text),
    scores: Float32Array.from(pieces, ({ score }) => score),
    types: Int32Array.from(pieces, ({ type }) => type),
    modelType,
    ...parseNormalizer(normalizer, where),
  };
}

function parsePiece(message: Uint8Array, where: string): Piece {
  const piece: Piece = { text: '', score: 0, type: TOKEN_TYPE.NORMAL };
  for (const { number, value } of fields(message, where)) {
    if (number === 1 && typeof value !== 'number') piece.text = textOf(value, where);
    else if (number === 2) piece.score = floatOf(value) ?? piece.score;
    else if (number === 3 && typeof value === 'number') piece.type = value;
  }
  return piece;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array, where: string): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw invalidTokenizer('a piece is not valid UTF-8', where, String(cause));
  }
}

function checkPieces(pieces: readonly Piece[], where: string): void {
  const unknown = pieces.filter(({ type }) => type === TOKEN_TYPE.UNKNOWN).length;
  if (unknown !== 1) {
    throw invalidTokenizer(
      `'${where}' is not a SentencePiece model`,
      where,
      `${pieces.length} pieces, ${unknown === 0 ? 'none' : unknown} for unknown text`,
    );
  }
  const seen = new Set<string>();
  for (const { text, type } of pieces) {
    if (text === '') throw invalidTokenizer('a piece is empty', where);
    if (seen.has(text)) throw invalidTokenizer('a piece occurs twice', where, JSON.stringify(text));
    if (type < TOKEN_TYPE.NORMAL || type > TOKEN_TYPE.BYTE) {
      throw invalidTokenizer('a piece has an unknown type', where, `${JSON.stringify(text)}: ${type}`);
    }
    seen.add(text);
  }
}

/** A unigram model has at least one piece that text is made of, and scores that are numbers (unigram_model.cc). */
function checkUnigram(pieces: readonly Piece[], where: string): void {
  const endless = pieces.find(({ score }) => !Number.isFinite(score));
  if (endless !== undefined)
    throw invalidTokenizer('a piece has no finite score', where, `${JSON.stringify(endless.text)}: ${endless.score}`);
  const ofText: readonly number[] = [TOKEN_TYPE.NORMAL, TOKEN_TYPE.USER_DEFINED, TOKEN_TYPE.UNUSED];
  if (pieces.some(({ type }) => ofText.includes(type))) return;
  throw invalidTokenizer(`'${where}' is not a SentencePiece model`, where, `${pieces.length} pieces, none of text`);
}

/** The 256 byte pieces `<0x00>` to `<0xFF>` are all there, or, without `byte_fallback`, none (model_interface.cc). */
function checkBytes(pieces: readonly Piece[], expected: boolean, where: string): void {
  const bytes = pieces.filter(({ type }) => type === TOKEN_TYPE.BYTE);
  const other = bytes.find(({ text }) => !/^<0x[0-9A-F]{2}>$/.test(text));
  if (other !== undefined) throw invalidTokenizer('a piece is no byte', where, JSON.stringify(other.text));
  if (bytes.length === (expected ? 256 : 0)) return;
  throw invalidTokenizer(
    'the pieces for bytes are not those that the model says it has',
    where,
    `${bytes.length}, expected ${expected ? 256 : 0}`,
  );
}

function fallsBackToBytes(message: Uint8Array, where: string): boolean {
  let falls = false;
  for (const { number, value } of fields(message, where)) if (number === 35) falls = value !== 0;
  return falls;
}

function parseModelType(message: Uint8Array, where: string): number {
  let type: number = MODEL_TYPE.UNIGRAM;
  for (const { number, value } of fields(message, where)) {
    if (number === 3 && typeof value === 'number') type = value;
  }
  return type;
}

function parseNormalizer(
  message: Uint8Array,
  where: string,
): Pick<SentencePieceModel, 'addDummyPrefix' | 'removeExtraWhitespaces' | 'precompiledCharsmap'> {
  let addDummyPrefix = true;
  let removeExtraWhitespaces = true;
  let precompiledCharsmap: Uint8Array = new Uint8Array();
  for (const { number, value } of fields(message, where)) {
    if (number === 2 && typeof value !== 'number') precompiledCharsmap = value;
    else if (number === 3) addDummyPrefix = value !== 0;
    else if (number === 4) removeExtraWhitespaces = value !== 0;
  }
  return { addDummyPrefix, removeExtraWhitespaces, precompiledCharsmap };
}
