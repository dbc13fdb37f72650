/** A small SentencePiece model, as the cases of test/oracle/tokenizers-cases.json describe it. */
export interface ModelDescription {
  readonly pieces: readonly (readonly [piece: string, score: number, type: number])[];
  readonly modelType?: number;
  readonly addDummyPrefix?: boolean;
  readonly removeExtraWhitespaces?: boolean;
  readonly precompiledCharsmap?: Uint8Array;
}

/** Writes the model as `sentencepiece_model.proto` lays it out. */
export function sentencePieceModel(model: ModelDescription): Uint8Array {
  const pieces = model.pieces.map(([piece, score, type]) =>
    field(1, concat(field(1, Buffer.from(piece, 'utf8')), float(2, score), varintField(3, type))),
  );
  const hasBytes = model.pieces.some(([, , type]) => type === 6);
  const trainer = concat(varintField(3, model.modelType ?? 2), varintField(35, hasBytes ? 1 : 0));
  const normalizer = concat(
    field(1, Buffer.from('identity')),
    model.precompiledCharsmap === undefined ? new Uint8Array() : field(2, model.precompiledCharsmap),
    varintField(3, model.addDummyPrefix === false ? 0 : 1),
    varintField(4, model.removeExtraWhitespaces === false ? 0 : 1),
  );
  return concat(...pieces, field(2, trainer), field(3, normalizer));
}

/** A field of raw bytes. */
export function field(number: number, bytes: Uint8Array): Uint8Array {
  return concat(varint(number * 8 + 2), varint(bytes.length), bytes);
}

export function varintField(number: number, value: number): Uint8Array {
  return concat(varint(number * 8), varint(value));
}

function float(number: number, value: number): Uint8Array {
  return concat(varint(number * 8 + 5), new Uint8Array(Float32Array.of(value).buffer));
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.of(...bytes, rest);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
