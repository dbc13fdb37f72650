/** Which UTF-16 units a step of a pattern takes. */
export type UnitTest = (unit: number) => boolean;

/** A pattern's parts. */
export type Node =
  | { readonly kind: 'unit'; readonly test: UnitTest }
  | { readonly kind: 'all'; readonly parts: readonly Node[] }
  | { readonly kind: 'any'; readonly choices: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly least: number; readonly most: number }
  | { readonly kind: 'start' | 'end' | 'boundary' | 'no boundary' };

type Step =
  | { readonly kind: 'unit'; readonly test: UnitTest }
  | { readonly kind: 'fork'; readonly to: readonly number[] }
  | { readonly kind: 'start' | 'end' | 'boundary' | 'no boundary' }
  | { readonly kind: 'match' };

/** Steps of a program: with names of a kilobyte a match takes some ten million operations at most. */
const MOST_STEPS = 8192;

/** A pattern whose repetitions make it too large. */
export class PatternTooLarge extends Error {}

/**
 * A pattern as a program for Thompson's simulation (CACM 11(6), 1968): all ways of matching go forward together, so that
 * the time grows with the length of pattern and text, whatever they are.
 */
export class PatternProgram {
  readonly #steps: Step[] = [];
  readonly #anywhere: boolean;

  /** `anywhere`: the pattern may begin and end in the middle of a text. Throws {@link PatternTooLarge}. */
  constructor(node: Node, anywhere: boolean) {
    this.#anywhere = anywhere;
    this.#emit(node);
    this.#add({ kind: 'match' });
  }

  test(text: string): boolean {
    let [states, next]: [StateSet, StateSet] = [new StateSet(this.#steps.length), new StateSet(this.#steps.length)];
    for (let at = 0; at <= text.length; at++) {
      if (at === 0 || this.#anywhere) this.#follow(0, text, at, states);
      if (states.has(this.#steps.length - 1) && (this.#anywhere || at === text.length)) return true;
      if (at === text.length || (states.count === 0 && !this.#anywhere)) return false;
      const unit = text.charCodeAt(at);
      for (let index = 0; index < states.count; index++) {
        const state = states.at(index);
        const step = this.#steps[state];
        if (step?.kind === 'unit' && step.test(unit)) this.#follow(state + 1, text, at + 1, next);
      }
      [states, next] = [next, states];
      next.clear();
    }
    return false;
  }

  /** Adds a state and all that follow from it without taking a unit. */
  #follow(from: number, text: string, at: number, states: StateSet): void {
    const pending = [from];
    for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
      if (!states.add(state)) continue;
      const step = this.#steps[state];
      if (step === undefined || step.kind === 'unit' || step.kind === 'match') continue;
      if (step.kind === 'fork') pending.push(...step.to);
      else if (holds(step.kind, text, at)) pending.push(state + 1);
    }
  }

  #add(step: Step): number {
    if (this.#steps.length >= MOST_STEPS) throw new PatternTooLarge();
    return this.#steps.push(step) - 1;
  }

  #emit(node: Node): void {
    if (node.kind === 'unit') this.#add(node);
    else if (node.kind === 'all') for (const part of node.parts) this.#emit(part);
    else if (node.kind === 'any') this.#emitChoices(node.choices);
    else if (node.kind === 'repeat') this.#emitRepeat(node.part, node.least, node.most);
    else this.#add(node);
  }

  #emitChoices(choices: readonly Node[]): void {
    const starts: number[] = [];
    const ends: number[][] = [];
    const fork = this.#add({ kind: 'fork', to: starts });
    for (const choice of choices) {
      starts.push(this.#steps.length);
      this.#emit(choice);
      const to: number[] = [];
      ends.push(to);
      this.#add({ kind: 'fork', to });
    }
    if (choices.length === 0) starts.push(fork + 1);
    for (const to of ends) to.push(this.#steps.length);
  }

  #emitRepeat(part: Node, least: number, most: number): void {
    // The last of them is the one that is repeated: nested repetitions must not double at every level.
    const copies = most === Infinity && least > 0 ? least - 1 : least;
    for (let count = 0; count < copies; count++) this.#emit(part);
    if (most === Infinity && least > 0) {
      const again = this.#steps.length;
      this.#emit(part);
      this.#add({ kind: 'fork', to: [again, this.#steps.length + 1] });
      return;
    }
    if (most === Infinity) {
      const to: number[] = [];
      const fork = this.#add({ kind: 'fork', to });
      this.#emit(part);
      this.#add({ kind: 'fork', to: [fork] });
      to.push(fork + 1, this.#steps.length);
      return;
    }
    const exits: number[][] = [];
    for (let count = least; count < most; count++) {
      const to: number[] = [];
      exits.push(to);
      to.push(this.#add({ kind: 'fork', to }) + 1);
      this.#emit(part);
    }
    for (const to of exits) to.push(this.#steps.length);
  }
}

function holds(kind: 'start' | 'end' | 'boundary' | 'no boundary', text: string, at: number): boolean {
  if (kind === 'start') return at === 0;
  if (kind === 'end') return at === text.length;
  const isBoundary = isWord(text.charCodeAt(at - 1)) !== isWord(text.charCodeAt(at));
  return isBoundary === (kind === 'boundary');
}

/** `\w`. Not a number beyond either end of a text, which is no word. */
export function isWord(unit: number): boolean {
  return (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || unit === 95 || (unit >= 97 && unit <= 122);
}

/** Numbers below a bound: adding and looking up take constant time, clearing too. */
class StateSet {
  readonly #dense: Uint32Array;
  readonly #sparse: Uint32Array;
  count = 0;

  constructor(size: number) {
    this.#dense = new Uint32Array(size + 1);
    this.#sparse = new Uint32Array(size + 1);
  }

  has(value: number): boolean {
    const place = this.#sparse[value] ?? 0;
    return place < this.count && this.#dense[place] === value;
  }

  /** Whether it was not in there. */
  add(value: number): boolean {
    if (this.has(value)) return false;
    this.#dense[this.count] = value;
    this.#sparse[value] = this.count++;
    return true;
  }

  at(index: number): number {
    return this.#dense[index] ?? 0;
  }

  clear(): void {
    this.count = 0;
  }
}
