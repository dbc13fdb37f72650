import type { KubernetesObject } from '../cluster/index.js';
import type { DeployOptions } from './deployment-request.js';
import type { ServerPlan } from './server.js';
import type { ServedModel } from './served-model.js';

/** What a target makes: resources of Kubernetes, or files of another kind. */
export interface Deployed {
  readonly target: string;
  readonly resources: readonly KubernetesObject[];
  /** By file name: Compose, Quadlet, shell. */
  readonly files: Readonly<Record<string, string>>;
  /** Why it is as it is, one sentence each. */
  readonly reasons: readonly string[];
  /** What a person should look at. */
  readonly warnings: readonly string[];
  /** What it needs where it runs, at least. */
  readonly needs: readonly string[];
  /** What runs, when it is this tool that says so. */
  readonly server?: ServerPlan;
  /** The Service of the cluster that requests go to. */
  readonly endpoint?: Endpoint;
  /** Values of a Helm chart, for targets that are a pod. */
  readonly pod?: Readonly<Record<string, unknown>>;
}

/** Where a model is asked, inside of a cluster. */
export interface Endpoint {
  /** Name of the Service. */
  readonly service: string;
  /** A port's name or number. */
  readonly port: string;
  /** What the server's paths begin with. */
  readonly root?: string;
}

/** One way to serve a model. */
export interface DeployTarget {
  readonly name: string;
  readonly summary: string;
  /** Pure: the same model and options give the same. Throws `USAGE` for what cannot work. */
  build(model: ServedModel, options: DeployOptions): Deployed;
}
