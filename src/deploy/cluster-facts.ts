import type { Version } from './platform-version.js';

/** What is known of the place where a model is to be served; what is absent is not known. */
export interface ClusterFacts {
  readonly kubernetes?: Version | undefined;
  readonly containerd?: Version | undefined;
  readonly crio?: Version | undefined;
  readonly kserve?: Version | undefined;
  /** Feature gates that are on although they are off by default, such as `ImageVolume`. */
  readonly featureGates?: readonly string[] | undefined;
  /** Whether KServe's settings let it run images as sidecars (`oci://`). */
  readonly kserveModelcar?: boolean;
  /** Processors of the nodes (`amd64`). */
  readonly architectures?: readonly string[];
  /** Allocatable memory of the largest node, bytes. */
  readonly nodeMemory?: number;
  /** GPUs of the node that has most of them. */
  readonly nodeGpus?: number;
  /** Where the facts come from: `flags`, or the cluster's address. */
  readonly from?: string;
  /** What was found there, in sentences: told with the reasons. */
  readonly notes?: readonly string[];
}

/** Whether something works there: yes, or no with the reason and the way out. */
export type Support =
  | { readonly ok: true; readonly because: string }
  | { readonly ok: false; readonly reason: string; readonly remedy: readonly string[] };
