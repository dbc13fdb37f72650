/**
 * Where the rows of a job lie: memory that the thread which reads them and the one which encodes them have in common, so
 * that rows are written once and encoded in place. Its lower part is the kernels' own. One job uses it at a time.
 */
export interface RowMemory {
  /** Names it in messages: every message makes another object of the memory. */
  readonly id: number;
  readonly memory: WebAssembly.Memory;
}

/** The same for a thread that may know the memory already. */
export interface NamedMemory {
  readonly id: number;
  readonly memory?: WebAssembly.Memory;
}

/** Address of the first row. Below lie stack, tables and scratch of the kernels. */
export const ROWS_AT: number = 4 * 2 ** 20;

const PAGE = 65_536;
/** All that 32 bits can address. */
const LARGEST = 65_536;

/** Memory for so many bytes of rows, and for what the kernels need besides. Untouched, it takes no room. */
export function createMemory(rowBytes: number): WebAssembly.Memory {
  const initial = pagesFor(ROWS_AT + rowBytes);
  return new WebAssembly.Memory({ initial, maximum: LARGEST, shared: true });
}

/** The place of so many bytes of rows. The memory grows when they need it to. */
export function rowsIn(memory: WebAssembly.Memory, byteLength: number): Uint8Array {
  reserve(memory, ROWS_AT + byteLength);
  return new Uint8Array(memory.buffer, ROWS_AT, byteLength);
}

/** Makes all bytes before `end` usable, and a page more: vector stores of the last block run over its end. */
export function reserve(memory: WebAssembly.Memory, end: number): void {
  const missing = pagesFor(end) - memory.buffer.byteLength / PAGE;
  if (missing > 0) memory.grow(missing);
}

function pagesFor(end: number): number {
  return Math.ceil(end / PAGE) + 1;
}
