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

const NATIVE = join(import.meta.dirname, '..', '..', 'native');
const PLACES = ['build', join('prebuilt', `${process.platform}-${process.arch}`)];

/** The binding as `npm run build:native` leaves it, else the one that comes with the package. */
export const ADDON: string =
  PLACES.map((place) => join(NATIVE, place, 'slipway.node')).find((path) => existsSync(path)) ??
  join(NATIVE, 'build', 'slipway.node');

export const IS_BUILT: boolean = existsSync(ADDON);

/** For the title of what is skipped. */
export const CONDITION = 'needs a llama.cpp and npm run build:native';
