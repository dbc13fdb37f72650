/**
 * Fakes for testing pipelines without a network: a Hugging Face Hub, an OCI registry, a Harbor, a cluster's API, and small models that exist only while they are read.
 * @packageDocumentation
 */
export {
  startTestHarbor,
  type HarborFault,
  type HarborFaultRule,
  type TestHarbor,
  type TestHarborOptions,
} from './harbor-server.js';
export {
  startTestCluster,
  type ClusterCall,
  type ClusterReply,
  type TestCluster,
  type TestClusterOptions,
  type TestResource,
} from './cluster-server.js';
export type { HubFault } from './hub-faults.js';
export type { HubFiles, HubRepositoryOptions } from './hub-repository.js';
export { startTestHub, type HubRequest, type TestHub, type TestHubOptions } from './hub-server.js';
export { buildLlama, type LlamaOptions } from './llama-builder.js';
export { WeightGenerator, type WeightDtype, type WeightShape } from './random-weights.js';
export {
  startTestRegistry,
  type FaultRule,
  type KeptManifest,
  type RecordedRequest,
  type RegistryFault,
  type TagMove,
  type TestRegistry,
  type TestRegistryOptions,
} from './registry.js';
export { buildSafetensors, buildShards, type BuiltTensor } from './safetensors-builder.js';
export { XetStore } from './xet-store.js';
export { buildSentencePiece, SMALLEST_VOCABULARY } from './sentencepiece-builder.js';
