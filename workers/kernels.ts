/** A compiled kernel. Addresses among its arguments count bytes from the start of its memory; 0 stands for none. */
export type Kernel = (...numbers: number[]) => number;

/** Compiled kernels that work in one memory, which no other thread uses meanwhile. */
export interface Kernels {
  /** A kernel by its name, such as `quantize_q4_k`. */
  find(name: string): Kernel | undefined;
  readonly memory: WebAssembly.Memory;
  /** Address of 64 KiB that every kernel may use as it likes, below the rows. */
  readonly scratch: number;
}
