export type { ServiceLimitOptions, ServiceLimits } from './limits.js';
export { openArtifact, type OpenArtifactOptions, type OpenedArtifact } from './open-artifact.js';
export type { RunHandle, RunInfo, RunState } from './service-run.js';
export { createSlipway, type ServiceRunOptions, type Slipway, type SlipwayOptions } from './slipway.js';
