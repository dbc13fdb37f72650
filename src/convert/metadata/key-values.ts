import { SlipwayError } from '../../core/index.js';
import type { GgufArray, GgufValue, ScalarType } from '../../gguf/index.js';

/** One key of a GGUF's metadata. */
export type KeyValue = readonly [key: string, value: GgufValue];

/** Largest unsigned 32-bit number. */
const UINT32_MAX = 0xffffffff;

/**
 * Collects keys as gguf-py's writer does: empty strings and empty arrays are left out, and a key that is written
 * again keeps its first place.
 */
export class KeyValues {
  readonly #entries = new Map<string, GgufValue>();

  string(key: string, value: string): void {
    if (value !== '') this.#entries.set(key, { type: 'STRING', value });
  }

  bool(key: string, value: boolean): void {
    this.#entries.set(key, { type: 'BOOL', value });
  }

  /** Throws `MODEL_INVALID` for what does not fit 32 bits without a sign. */
  uint32(key: string, value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > UINT32_MAX) throw outOfRange(key, value);
    this.#entries.set(key, { type: 'UINT32', value });
  }

  /** Throws `MODEL_INVALID` for what does not fit 32 bits with a sign. */
  int32(key: string, value: number): void {
    if (!Number.isInteger(value) || value < -(2 ** 31) || value >= 2 ** 31) throw outOfRange(key, value);
    this.#entries.set(key, { type: 'INT32', value });
  }

  float32(key: string, value: number): void {
    this.#entries.set(key, { type: 'FLOAT32', value });
  }

  array(key: string, items: ScalarType, value: GgufArray): void {
    if (value.length > 0) this.#entries.set(key, { type: 'ARRAY', items, value });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  entries(): readonly KeyValue[] {
    return [...this.#entries];
  }
}

function outOfRange(key: string, value: number): SlipwayError {
  return new SlipwayError('MODEL_INVALID', `'${key}' does not fit 32 bits`, { where: key, got: String(value) });
}
