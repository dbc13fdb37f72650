import type { ModelFile } from './model-file.js';

/** Bytes of a file that something else is computed from. */
export interface FileRange {
  readonly file: ModelFile;
  readonly start: number;
  readonly end: number;
}
