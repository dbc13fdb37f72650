import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findLlamaCpp } from '../../src/quantize/index.js';

/** The llama.cpp to test with, as a user would name it: the variable's, or the one among the development dependencies. */
export const LIBRARY: string | undefined = process.env['SLIPWAY_LLAMA_CPP'] ?? installed();

function installed(): string | undefined {
  try {
    return dirname(findLlamaCpp({}, 'llama').path);
  } catch {
    return undefined;
  }
}

/** The binding as `npm run build:native` leaves it. */
export const ADDON: string = join(import.meta.dirname, '..', '..', 'native', 'build', 'slipway.node');

export const IS_BUILT: boolean = existsSync(ADDON);

/** For the title of what is skipped. */
export const CONDITION = 'needs a llama.cpp and npm run build:native';
