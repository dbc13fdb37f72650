import type { Digest } from '../../core/index.js';

/** One question and its answer. */
export interface Check {
  /** Stable name: `signature`, `provenance`, `source`, … */
  readonly check: string;
  readonly status: 'pass' | 'fail' | 'skipped';
  /** One sentence without a full stop. */
  readonly reason: string;
  /** What it is about, when that is not the artifact itself: a member of an index. */
  readonly subject?: Digest;
  /** Set on a check that was skipped although the policy asks for it: the verdict cannot be `accepted`. */
  readonly undecided?: true;
}

/** Who signed a statement that was verified. */
export interface VerifiedBy {
  readonly subject: Digest;
  readonly predicateType: string;
  /** Name of the identity in the policy. */
  readonly identity: string;
  /** Manifest or layer that holds the signature. */
  readonly where: string;
}

export type Verdict = 'accepted' | 'refused' | 'undecided';

/** What verification found. Fields are only ever added. */
export interface VerifyReport {
  readonly v: 1;
  readonly ok: boolean;
  readonly verdict: Verdict;
  readonly reference: string;
  readonly digest: string;
  readonly policy: string;
  readonly checks: readonly Check[];
  readonly verified: readonly VerifiedBy[];
  /** What an accepted artifact has not been checked for, in sentences. */
  readonly notChecked: readonly string[];
  /** How much evidence was looked at. */
  readonly evidence: {
    readonly attestations: number;
    readonly legacySignatures: number;
    readonly otherReferrers: number;
    readonly unreadable: readonly { readonly where: string; readonly reason: string }[];
    readonly incomplete: readonly string[];
  };
}

/** A failed check refuses; one that could not be made leaves it open. */
export function verdictOf(checks: readonly Check[]): Verdict {
  if (checks.some(({ status }) => status === 'fail')) return 'refused';
  return checks.some(({ undecided }) => undecided === true) ? 'undecided' : 'accepted';
}

export function pass(check: string, reason: string): Check {
  return { check, status: 'pass', reason };
}

export function fail(check: string, reason: string): Check {
  return { check, status: 'fail', reason };
}

export function skip(check: string, reason: string): Check {
  return { check, status: 'skipped', reason };
}

export function undecided(check: string, reason: string): Check {
  return { check, status: 'skipped', reason, undecided: true };
}
