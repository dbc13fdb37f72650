import type { Weights } from '../safetensors/index.js';
import type { Family } from './architectures/family.js';
import type { Values } from './config/config-values.js';

/** How configurations call the number of layers that predict further tokens. */
const COUNTS = ['mtp_num_hidden_layers', 'num_nextn_predict_layers', 'num_mtp_layers'] as const;

/** A configuration without layers that the checkpoint does not have either, and what to say about it. */
export interface MissingPrediction {
  readonly config: Values;
  readonly warning: string;
}

/**
 * Trainers drop the layers that predict further tokens (MTP, nextn) and keep their number in config.json. When not one
 * tensor of them is there, they are left out, as the reference leaves them out when it is told to (`--no-mtp`).
 * `undefined` where the configuration and the tensors agree.
 */
export function missingPrediction(family: Family, config: Values, { tensors }: Weights): MissingPrediction | undefined {
  if (tensors.size === 0 || family.blockCount === undefined) return undefined;
  const without = withoutPrediction(config);
  const names = [...tensors.keys()];
  const [stated, own] = [family.blockCount(config, names), family.blockCount(without, names)];
  if (stated <= own || names.some((name) => predicts(name, own))) return undefined;
  const count = stated - own;
  const layers = count === 1 ? '1 layer that predicts' : `${count} layers that predict`;
  return {
    config: without,
    warning: `config.json states ${layers} further tokens (MTP), and no tensor of it is there: left out`,
  };
}

/** The configuration without any number of layers that predict further tokens. */
export function withoutPrediction(config: Values): Values {
  return config.with(COUNTS.filter((name) => config.has(name)).map((name) => [name, null] as const));
}

/** True for a tensor of a layer behind the model's own. */
function predicts(name: string, layers: number): boolean {
  if (/visi(?:on|ual)|visual|audio|image/.test(name)) return false;
  if (/(?:^|\.)(?:mtp|nextn)(?:\.|_|$)/.test(name)) return true;
  const layer = /(?:^|\.)layers\.(\d{1,6})\./.exec(name)?.[1];
  return layer !== undefined && Number(layer) >= layers;
}
