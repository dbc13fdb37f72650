export type { EncodeJob, RowEncoder } from './encoder.js';
export { createLocalEncoder } from './pool-local.js';
export { createEncoderPool, type EncoderPool, type EncoderPoolOptions } from './pool.js';
