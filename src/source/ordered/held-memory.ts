const BLOCK = 1024 * 1024;
/**
 * Blocks that are asked of the system at a time: so many that the C library gives them back, too, when they are let go. Headers,
 * which are all that many readers take, need fewer.
 */
const [FIRST_BLOCKS, BLOCKS] = [2, 33];

/** Memory of many blocks. What has not been touched takes no room. */
interface Slab {
  readonly buffer: ArrayBufferLike;
  readonly blocks: number;
  /** Blocks that have been used. */
  opened: number;
  /** Blocks that are in use. */
  used: number;
}

interface Block {
  readonly slab: Slab;
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
  readonly #slabs = new Set<Slab>();
  #free: Block[] = [];
  #filling: Block | undefined;
  #isClosed = false;

  /** `room`: bytes beyond which blocks that are free again are let go. */
  constructor(room: () => number) {
    this.#room = room;
  }

  /** Bytes of all blocks that have been used. */
  get reserved(): number {
    return [...this.#slabs].reduce((sum, { opened }) => sum + opened * BLOCK, 0);
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

  /** Gives everything back that no reader looks at, and the rest when it is released. */
  close(): void {
    this.#isClosed = true;
    for (const slab of this.#slabs) if (slab.used === 0) this.#letGo(slab);
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
        if (block.parts === 0) this.#emptied(block);
      },
    };
  }

  /** A block with room in it. */
  #open(): Block {
    const filling = this.#filling;
    if (filling !== undefined && filling.filled < BLOCK) return filling;
    const block = this.#free.pop() ?? this.#openNew();
    block.slab.used += 1;
    // What was filled comes back with its last part.
    this.#filling = block;
    return block;
  }

  #openNew(): Block {
    const slab = [...this.#slabs].find(({ opened, blocks }) => opened < blocks) ?? this.#make();
    const bytes = new Uint8Array(slab.buffer, slab.opened * BLOCK, BLOCK);
    slab.opened += 1;
    return { slab, bytes, filled: 0, parts: 0 };
  }

  #make(): Slab {
    const blocks = this.#slabs.size === 0 ? FIRST_BLOCKS : BLOCKS;
    const slab = { buffer: Buffer.allocUnsafeSlow(blocks * BLOCK).buffer, blocks, opened: 0, used: 0 };
    this.#slabs.add(slab);
    return slab;
  }

  #emptied(block: Block): void {
    block.filled = 0;
    if (block === this.#filling) this.#filling = undefined;
    this.#giveBack(block);
  }

  #giveBack(block: Block): void {
    const { slab } = block;
    slab.used -= 1;
    this.#free.push(block);
    if (slab.used === 0 && (this.#isClosed || this.reserved > this.#room())) this.#letGo(slab);
  }

  #letGo(slab: Slab): void {
    this.#slabs.delete(slab);
    this.#free = this.#free.filter((block) => block.slab !== slab);
  }
}
