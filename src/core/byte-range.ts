/** Bytes `start` (inclusive) to `end` (exclusive). */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What a reader allows the giver of the bytes to do. */
export interface ReadHints {
  /**
   * The reader is done with a chunk when it asks for the next one: its memory may be used again. For readers that copy
   * what they get; a reader that passes chunks on must not say so.
   */
  readonly lend?: boolean;
}
