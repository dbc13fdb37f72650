import type { Values } from './config/config-values.js';

/** What config.json and ModelOpt's hf_quant_config.json say of quantized weights, the latter completing the former. */
export interface QuantizationFacts {
  /** `quantization_config` as config.json has it. */
  readonly declared: Values | undefined;
  readonly method: string | undefined;
  /** ModelOpt's name for what it did to most weights. */
  readonly algorithm: string | undefined;
  readonly format: string | undefined;
  /** Groups of weights with settings of their own (compressed-tensors). */
  readonly groups: Values | undefined;
  /** Modules with an algorithm of their own (ModelOpt). */
  readonly layers: Values | undefined;
}
