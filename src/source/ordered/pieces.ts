/** A run of a file's bytes that are wanted together. */
export interface Piece {
  readonly start: number;
  end: number;
  /** Readings of their own that come before the file's reading reaches it. */
  apart: number;
  /** Readings that are served from what the file's reading brings. */
  wanted: number;
}

/** All of a file in pieces, in order and without gaps. */
export class Pieces {
  readonly #pieces: Piece[];

  constructor(size: number, edges: readonly number[] = []) {
    const sorted = [...new Set([0, ...edges.filter((edge) => edge > 0 && edge < size)])].sort((a, b) => a - b);
    this.#pieces = sorted.map((start, index) => ({ start, end: sorted[index + 1] ?? size, apart: 0, wanted: 0 }));
  }

  /** The piece that holds a byte. */
  at(offset: number): Piece {
    return this.#pieces[this.#indexOf(offset)] as Piece;
  }

  /** The pieces that lie between two offsets, cut off at none of them. */
  *between(start: number, end: number): Generator<Piece> {
    for (let index = this.#indexOf(start); index < this.#pieces.length; index++) {
      const piece = this.#pieces[index] as Piece;
      if (piece.start >= end) return;
      yield piece;
    }
  }

  /** Makes sure that a piece begins at `offset`. */
  cut(offset: number): void {
    const index = this.#indexOf(offset);
    const piece = this.#pieces[index];
    if (piece === undefined || piece.start === offset || offset >= piece.end) return;
    this.#pieces.splice(index + 1, 0, { ...piece, start: offset });
    piece.end = offset;
  }

  /** Index of the last piece that begins at or before `offset`. */
  #indexOf(offset: number): number {
    let low = 0;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#pieces[middle]?.start ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
