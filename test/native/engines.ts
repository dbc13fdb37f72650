import { findNativeKernels } from '../../src/quantize/index.js';
import type { EngineChoice } from '../../workers/messages.js';

/** The engines of compiled kernels that are here; native ones come for Linux, or of `npm run build:native`. */
export const COMPILED: readonly EngineChoice[] = findNativeKernels() === undefined ? ['wasm'] : ['wasm', 'native'];
