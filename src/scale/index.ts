export { finishShards, type FinishResult } from './finish.js';
export { makePlan, type PlanRequest } from './make-plan.js';
export { runPart, type PartResult } from './run-part.js';
export { openSharded, type ShardedModel } from './sharded-model.js';
export { parsePlan, requireSamePlan, type ShardFile, type ShardPlan } from './shard-plan.js';
export { FINAL_EXIT_CODES, shardManifests, type ManifestOptions, type Resource } from './shard-manifests.js';
