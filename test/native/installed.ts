import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The llama.cpp to test with, as a user would name it. */
export const LIBRARY: string | undefined = process.env['SLIPWAY_LLAMA_CPP'];

/** The binding as `npm run build:native` leaves it. */
export const ADDON: string = join(import.meta.dirname, '..', '..', 'native', 'build', 'slipway.node');

export const IS_BUILT: boolean = existsSync(ADDON);

/** For the title of what is skipped. */
export const CONDITION = 'needs SLIPWAY_LLAMA_CPP and npm run build:native';
