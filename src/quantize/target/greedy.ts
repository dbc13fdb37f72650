import type { TensorType } from '../../gguf/index.js';

/** A type that a tensor may get: what it costs, and what it loses. */
export interface Step {
  readonly type: TensorType;
  /** Bytes in the file. */
  readonly size: number;
  /** Loss; only differences and ratios matter. */
  readonly loss: number;
}

/** A tensor whose type is to be chosen, with the type that it has so far. */
export interface Choice {
  readonly name: string;
  /** From the smallest to the largest. */
  readonly steps: readonly Step[];
  readonly start: Step;
}

/**
 * Chooses a step for each tensor so that all together are at most `budget` bytes: while they are too large, the tensor
 * is made smaller that loses least for each byte saved; then, as long as there is room, the one is made larger that gains
 * most for each byte. Equal ones are taken in their order, so that the result is always the same. `undefined` when even
 * the smallest steps are too large.
 */
export function chooseSteps(choices: readonly Choice[], budget: number): readonly Step[] | undefined {
  const steps = choices.map(({ start }) => start);
  let size = steps.reduce((sum, step) => sum + step.size, 0);
  while (size > budget) {
    const found = cheapestSmaller(choices, steps);
    if (found === undefined) return undefined;
    size += found.step.size - (steps[found.index]?.size ?? 0);
    steps[found.index] = found.step;
  }
  for (;;) {
    const found = bestLarger(choices, steps, budget - size);
    if (found === undefined) return steps;
    size += found.step.size - (steps[found.index]?.size ?? 0);
    steps[found.index] = found.step;
  }
}

interface Found {
  readonly index: number;
  readonly step: Step;
}

function cheapestSmaller(choices: readonly Choice[], steps: readonly Step[]): Found | undefined {
  let best: (Found & { readonly rate: number }) | undefined;
  for (const [index, { steps: all }] of choices.entries()) {
    const now = steps[index];
    if (now === undefined) continue;
    for (const step of all) {
      if (step.size >= now.size) continue;
      const rate = (step.loss - now.loss) / (now.size - step.size);
      if (best === undefined || rate < best.rate) best = { index, step, rate };
    }
  }
  return best;
}

function bestLarger(choices: readonly Choice[], steps: readonly Step[], room: number): Found | undefined {
  let best: (Found & { readonly rate: number }) | undefined;
  for (const [index, { steps: all }] of choices.entries()) {
    const now = steps[index];
    if (now === undefined) continue;
    for (const step of all) {
      const more = step.size - now.size;
      const gain = now.loss - step.loss;
      if (more > room || more < 0 || gain <= 0) continue;
      // A better type of the same size costs nothing.
      const rate = more === 0 ? Number.MAX_VALUE : gain / more;
      if (best === undefined || rate > best.rate) best = { index, step, rate };
    }
  }
  return best;
}
