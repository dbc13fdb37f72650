import type { LabelSpec } from '../labels.js';
import type { PreheatSpec } from '../preheat.js';
import type { RegistryEndpoint } from '../registries.js';
import type { ReplicationSpec } from '../replication.js';
import type { RetentionRule } from '../retention.js';
import type { RobotSpec } from '../robots.js';
import type { ContentTrust } from '../projects.js';
import type { Selection } from '../rule-selection.js';

/** Copy what is pushed here to another registry; the registry is made known to Harbor first. */
export interface ReplicationSetting extends Omit<ReplicationSpec, 'name' | 'registryId' | 'repositories'> {
  /** `PROJECT-to-REGISTRY` unless given; unique in the whole Harbor. */
  readonly name?: string | undefined;
  readonly to: RegistryEndpoint;
  /** Repositories of the project; all unless given. */
  readonly repositories?: string | undefined;
}

/** How a project of a Harbor should be. What is left out stays as it is. */
export interface HarborSettings {
  readonly project: string;
  /** Pulling needs no account. A new project is private unless this is set. */
  readonly public?: boolean | undefined;
  /** Bytes, or a size (`2 TiB`), or `unlimited`. */
  readonly quota?: number | string | undefined;
  readonly scanOnPush?: boolean | undefined;
  readonly sbomOnPush?: boolean | undefined;
  /** `cosign`: pulls are refused of what has no cosign signature attached, by whatever key. */
  readonly contentTrust?: ContentTrust | undefined;
  /** Makes a new project a proxy cache of this registry. */
  readonly proxyCache?: RegistryEndpoint | undefined;
  /** Tags that no account may move. */
  readonly immutable?: readonly Selection[] | undefined;
  /** Replaces the whole retention policy: every tag that no rule keeps is deleted when it runs. */
  readonly retention?: { readonly rules: readonly RetentionRule[]; readonly schedule?: string | undefined } | undefined;
  readonly robots?: readonly RobotSpec[] | undefined;
  readonly labels?: readonly LabelSpec[] | undefined;
  readonly replication?: readonly ReplicationSetting[] | undefined;
  readonly preheat?: readonly PreheatSpec[] | undefined;
}

/** Settings with the Harbor that they are for, as a configuration holds them. */
export interface HostedSettings extends HarborSettings {
  /** `harbor.example.com`, as references start. */
  readonly host: string;
  /** Where names and passwords of new robots are appended, one JSON object a line, readable by the owner only. */
  readonly robotsFile?: string | undefined;
}

/** What happened, or with a dry run would happen, to one thing. */
export interface HarborChange {
  readonly kind:
    | 'project'
    | 'quota'
    | 'immutable'
    | 'retention'
    | 'robot'
    | 'label'
    | 'registry'
    | 'replication'
    | 'preheat';
  readonly name: string;
  /** `kept`: it is there, the settings do not mention it, and it was left alone. */
  readonly change: 'created' | 'updated' | 'unchanged' | 'kept';
  /** What differs; empty when nothing does. */
  readonly detail: string;
}

/** The outcome of {@link applyHarbor}. */
export interface AppliedSettings {
  readonly changes: readonly HarborChange[];
  /** New robots with their passwords: Harbor tells them this once. */
  readonly robots: readonly { readonly name: string; readonly secret: string }[];
}
