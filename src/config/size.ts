export { parseSize, SIZE_PATTERN } from '../core/index.js';
