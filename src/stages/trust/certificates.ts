import type { RunContext } from '../../core/index.js';
import type { CertificateVerifier, Policy } from '../../trust/index.js';

/** Verifies signatures by certificates; `undefined` where the policy names none. */
export function certificateVerifier(policy: Policy, _context: RunContext): CertificateVerifier | undefined {
  if (!policy.identities.some(({ kind }) => kind === 'certificate')) return undefined;
  return async () => ({ kind: 'undecided', reason: 'signatures by certificates cannot be verified here yet' });
}
