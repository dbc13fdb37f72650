import { refusedArchitectures, supportedArchitectures } from './architectures/index.js';
import { supportedProjectors } from './projectors/index.js';

/** A name of `architectures` in config.json, and what it is called in a GGUF. */
export interface ConvertibleName {
  readonly name: string;
  readonly gguf: string;
}

/** All that can be converted, and what llama.cpp's map has beside it. */
export interface ConversionMap {
  /** Language models. */
  readonly text: readonly ConvertibleName[];
  /** Models whose images or sound reach the language model through a projector. */
  readonly projectors: readonly ConvertibleName[];
  /** Models whose LoRA adapters can be converted. */
  readonly adapters: readonly ConvertibleName[];
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

/** What can be converted, by name. */
export function conversionMap(): ConversionMap {
  const text = supportedArchitectures();
  return { text, projectors: supportedProjectors(), adapters: text, refused: refusedArchitectures() };
}
