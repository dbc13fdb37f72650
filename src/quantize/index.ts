export type { EncodeJob, RowEncoder } from './encoder.js';
