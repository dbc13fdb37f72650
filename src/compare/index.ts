export { compareModels, type ComparedSide, type Comparison } from './compare.js';
