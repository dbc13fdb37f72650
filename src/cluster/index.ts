export {
  FIELD_MANAGER,
  findLabelled,
  planApply,
  removeResource,
  type ApplyOptions,
  type ResourceChange,
  type PlannedApply,
} from './apply.js';
export { askService, type ServedQuestion, type ServedReply } from './ask.js';
export type { ClusterAnswer, ClusterConnection, ClusterRequest } from './cluster-connection.js';
export type { FieldDifference } from './differences.js';
export { discoverCluster, type DiscoveredCluster } from './discover.js';
export { fieldOf, textOf } from './fields.js';
export type { KserveFound } from './find-kserve.js';
export type { KubernetesObject } from './kubernetes-object.js';
export type { NodeFacts } from './nodes.js';
export { clusterClientVersion } from './client-version.js';
export { openCluster, type OpenClusterOptions } from './open-cluster.js';
export type { LocatedResource } from './resource-path.js';
export { waitUntilGone, waitUntilReady, type WaitOptions } from './wait.js';
