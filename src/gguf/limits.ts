/**
 * What a GGUF file may claim. Every count is compared with these and with the bytes that are left in the file before
 * anything is allocated for it.
 */
export interface GgufLimits {
  /** Metadata entries. Real files have below 100; the npm reader of Hugging Face stops at this number too. */
  readonly keys: number;
  /** Tensors. The largest published models have some ten thousand; ggml itself needs about 400 bytes for each. */
  readonly tensors: number;
  /** Bytes before the tensor data, held in memory while they are read. A vocabulary of 256 K tokens takes 10 to 30 MB. */
  readonly headerBytes: number;
  /** Array elements over the whole file that become JavaScript objects (text, booleans, 64-bit integers). */
  readonly boxedElements: number;
  /** Bytes of a metadata key: the specification's own limit. */
  readonly keyLength: number;
  /** Bytes of a tensor name: ggml keeps 64 with the closing zero. */
  readonly nameLength: number;
  /** Dimensions of a tensor: ggml has room for four. */
  readonly dimensions: number;
  /** Largest alignment: 64 KiB is the largest page size in use; beyond it padding serves no purpose. */
  readonly alignment: number;
}

export const GGUF_LIMITS: GgufLimits = {
  keys: 100_000,
  tensors: 1_000_000,
  headerBytes: 128 * 1024 * 1024,
  boxedElements: 4 * 1024 * 1024,
  keyLength: 65_535,
  nameLength: 63,
  dimensions: 4,
  alignment: 65_536,
};
