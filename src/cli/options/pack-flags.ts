import { omitOptions } from '../../core/index.js';
import { PACK_OPTIONS } from '../../stages/index.js';

/** How an artifact is made. Commands that package also send, and `--split-max-size` is said once, for sending. */
export const PACK_FLAGS = omitOptions(PACK_OPTIONS, ['splitMaxSize']);
