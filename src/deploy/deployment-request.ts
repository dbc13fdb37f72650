import type { ClusterFacts } from './cluster-facts.js';
import type { CacheType } from './memory.js';

/** Where and how a model is served; what is absent is chosen. */
export interface DeployOptions {
  /** Name of the resources; made of the model's name unless given (RFC 1123 label). */
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly cluster?: ClusterFacts | undefined;
  /** Image of the server, in place of the target's own. */
  readonly image?: string | undefined;
  /** Image of this tool, for targets whose init container pulls. */
  readonly toolImage?: string | undefined;
  readonly replicas?: number | undefined;
  /** Tokens that one request may use; bounded by the model, and by the budget when there is one. */
  readonly contextSize?: number | undefined;
  /** Requests at the same time. */
  readonly slots?: number | undefined;
  readonly cacheTypeK?: CacheType | undefined;
  readonly cacheTypeV?: CacheType | undefined;
  /** Bytes that the server may take: the context is made as long as fits. */
  readonly memoryBudget?: number | undefined;
  /** GPUs of one replica. */
  readonly gpus?: number | undefined;
  /** Names of secrets of type `kubernetes.io/dockerconfigjson`. */
  readonly pullSecrets?: readonly string[] | undefined;
  /** Also a NetworkPolicy: requests in, nothing out but what the pull needs. */
  readonly networkPolicy?: boolean | undefined;
  /** Registries that are spoken to over plain HTTP, for the container that pulls. */
  readonly insecureHosts?: readonly string[] | undefined;
  /** How the user wrote the artifact: commands that would help name it so. */
  readonly reference?: string | undefined;
  /** Version of this program: tags the image of the tool. */
  readonly version?: string | undefined;
}
