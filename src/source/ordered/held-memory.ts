/** Bytes that are asked of the system at a time. */
const BLOCK = 1024 * 1024;

interface Block {
  readonly bytes: Uint8Array;
  filled: number;
  /** Parts that are in use. */
  parts: number;
}

/** Bytes that are kept, in memory that is used again when they are given back. */
export interface HeldPart {
  readonly bytes: Uint8Array;
  /** To be called once, when no reader looks at the bytes any more. */
  release(): void;
}

/**
 * Memory for what is kept of files. What a socket gives comes in thousands of small buffers; to keep those would leave holes
 * all over the C library's heap when they are let go, and what is let go would lie there until garbage is collected.
 */
export class HeldMemory {
  readonly #room: () => number;
  readonly #free: Block[] = [];
  #filling: Block | undefined;
  #blocks = 0;

  /** `room`: bytes beyond which blocks that are free again are let go. */
  constructor(room: () => number) {
    this.#room = room;
  }

  /** Bytes of all blocks, filled or not. */
  get reserved(): number {
    return this.#blocks * BLOCK;
  }

  /** A copy of some bytes, in several parts where a block ends. */
  put(bytes: Uint8Array): readonly HeldPart[] {
    const parts: HeldPart[] = [];
    for (let at = 0; at < bytes.byteLength;) {
      const block = this.#open();
      const part = bytes.subarray(at, at + BLOCK - block.filled);
      block.bytes.set(part, block.filled);
      parts.push(this.#part(block, block.filled, part.byteLength));
      block.filled += part.byteLength;
      at += part.byteLength;
    }
    return parts;
  }

  #part(block: Block, start: number, length: number): HeldPart {
    block.parts += 1;
    let isReleased = false;
    return {
      bytes: block.bytes.subarray(start, start + length),
      release: () => {
        if (isReleased) return;
        isReleased = true;
        block.parts -= 1;
        if (block.parts === 0) this.#giveBack(block);
      },
    };
  }

  /** A block with room in it. */
  #open(): Block {
    const filling = this.#filling;
    if (filling !== undefined && filling.filled < BLOCK) return filling;
    // What was filled comes back with its last part.
    this.#filling = this.#free.pop() ?? this.#make();
    return this.#filling;
  }

  #make(): Block {
    this.#blocks += 1;
    // Not a Buffer, whose slices are no copies.
    return { bytes: new Uint8Array(Buffer.allocUnsafeSlow(BLOCK).buffer), filled: 0, parts: 0 };
  }

  #giveBack(block: Block): void {
    block.filled = 0;
    if (block === this.#filling) return;
    if (this.reserved <= Math.max(BLOCK, this.#room())) this.#free.push(block);
    else this.#blocks -= 1;
  }
}
