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
  /**
   * Where the reader wants the next bytes: memory for some of the `most` bytes that are still to come. A giver that takes it
   * fills it to its end, in the order in which it asked, and hands on that very memory; one that has its bytes elsewhere
   * need not ask. What is between them must hand chunks on as they are, or leave this hint out.
   */
  readonly into?: (most: number) => Uint8Array;
  /** Only what a file says of itself is wanted: a giver that would fetch all of it first need not yet. */
  readonly head?: boolean;
}
