/** Asking for a blob up to this size costs about what sending it costs. */
const SMALL = 64 * 1024;
/** Answers in a row that a small blob is not there, after which the others are taken not to be there either. */
const ENOUGH = 8;
/** One of so many is asked for all the same: what an earlier push has sent may come later in the order. */
const SAMPLE = 16;

/**
 * Whether a registry is to be asked for a small blob before it is sent. Sending one that is there changes nothing but takes its time; asking
 * for each of thousands that are not there takes a third of the whole.
 */
export class AbsenceGuess {
  #absentInRow = 0;
  #asked = 0;

  /** Whether a blob of `size` bytes is to be looked for. */
  isWorthAsking(size: number): boolean {
    this.#asked++;
    return size > SMALL || this.#absentInRow < ENOUGH || this.#asked % SAMPLE === 0;
  }

  /** What the registry has said of a blob. */
  learn(isThere: boolean): void {
    this.#absentInRow = isThere ? 0 : this.#absentInRow + 1;
  }
}
