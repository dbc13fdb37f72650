import type { GgufTensor } from '../gguf/index.js';

/** A tensor that stays, perhaps under another name. */
export interface Placed {
  readonly tensor: GgufTensor;
  /** The name in the input, by which an importance matrix knows it. */
  readonly original: string;
}

/** What is left of a model without some of its layers. */
export interface Pruned {
  readonly tensors: readonly Placed[];
  /** Layers that are left; `undefined` when nothing was to be left out. */
  readonly layers: number | undefined;
}

const LAYER = /blk\.(\d+)\./;

/** Leaves out layers and moves those behind up, in the numbering of llama-quantize. `tensors` are in its order. */
export function pruneLayers(tensors: readonly GgufTensor[], layers: readonly number[]): Pruned {
  const first = Math.min(...layers);
  const doomed = new Set(layers);
  const numbers = new Map<number, number | undefined>();
  let next = 0;
  const newNumber = (layer: number): number | undefined => {
    if (!numbers.has(layer)) {
      numbers.set(layer, doomed.has(layer) ? undefined : layer < first ? layer : next);
      const position = numbers.get(layer);
      if (position !== undefined) next = position + 1;
    }
    return numbers.get(layer);
  };
  const kept: Placed[] = [];
  for (const tensor of tensors) {
    const match = layers.length === 0 ? null : LAYER.exec(tensor.name);
    const number = match === null ? undefined : newNumber(Number(match[1]));
    if (match !== null && number === undefined) continue;
    const name = match === null ? tensor.name : tensor.name.replace(LAYER, `blk.${number}.`);
    kept.push({ original: tensor.name, tensor: name === tensor.name ? tensor : { ...tensor, name } });
  }
  return { tensors: kept, layers: layers.length === 0 ? undefined : next };
}
