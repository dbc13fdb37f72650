import type { CertificateIdentity, KeyIdentity, Policy } from '../verify/policy.js';

/** What decides in a cluster which images may run. */
export const ADMISSION_ENGINES = ['kyverno', 'policy-controller'] as const;
export type AdmissionEngine = (typeof ADMISSION_ENGINES)[number];

/** A rule of a policy that an engine does not enforce, and why. */
export interface NotExpressed {
  /** Key of the policy file. */
  readonly rule: string;
  readonly why: string;
}

/** A resource for a cluster, and what it leaves open. */
export interface AdmissionPolicy {
  readonly engine: AdmissionEngine;
  readonly resource: Readonly<Record<string, unknown>>;
  /** The resource as YAML. */
  readonly text: string;
  readonly notExpressed: readonly NotExpressed[];
  /** What has to be known to use it. */
  readonly notes: readonly string[];
}

/** Identities that engines can ask about. */
export type AdmissibleIdentity = KeyIdentity | CertificateIdentity;

export interface AdmissiblePolicy extends Policy {
  readonly identities: readonly AdmissibleIdentity[];
}

/** What both engines are made of. */
export interface AdmissionInput {
  readonly policy: AdmissiblePolicy;
  readonly name: string;
  readonly images: readonly string[];
  /** Text of the policy's trusted_root.json. */
  readonly trustedRoot: string | undefined;
}
