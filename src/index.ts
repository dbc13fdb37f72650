/**
 * Slipway's public API. What is not exported here is free to change.
 * @packageDocumentation
 */
export { createContext, EXIT_CODES, isDigest, pipeline, SlipwayError, toStage } from './core/index.js';
