import type { FileRange } from './file-range.js';

/** What reading files in an order costs beyond reading each of them once. */
export interface ReadingOutlook {
  /** Bytes of all files of which something is read. */
  readonly size: number;
  /** Bytes that are read a second time. */
  readonly twice: number;
  /** Bytes that have to be kept at the same time, at most. */
  readonly kept: number;
  /** What is read a second time, by file. */
  readonly files: readonly { readonly path: string; readonly twice: number }[];
}

/** Files whose bytes are fetched once and in their own order, whatever the order is in which they are wanted. */
export interface ReadingGroup {
  /** What a reading in this order would cost. Reads nothing. */
  outlook(order: readonly FileRange[]): ReadingOutlook;
  /** Says what will be read, and in which order: what is passed on the way and wanted later is kept, if there is room. */
  expect(order: readonly FileRange[]): Promise<void>;
}
