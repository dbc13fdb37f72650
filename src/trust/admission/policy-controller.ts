import { publicPem } from '../keys/pem.js';
import type { Policy } from '../verify/policy.js';
import type { AdmissibleIdentity, AdmissionInput, AdmissionPolicy, NotExpressed } from './admission-types.js';
import { contentRules } from './not-expressed.js';

type Made = Omit<AdmissionPolicy, 'engine' | 'text'>;

/**
 * A ClusterImagePolicy (policy.sigstore.dev/v1beta1). Every authority has to pass in such a policy's image, any of several
 * authorities is enough; signatures by keys are read in the older form only, attestations by keys not at all.
 */
export function clusterImagePolicy({ policy, name, images, trustedRoot }: AdmissionInput): Made {
  const authorities = policy.identities.map((identity, index) =>
    authorityOf(identity, `identity${index + 1}`, policy, name),
  );
  const hasKeys = policy.identities.some(({ kind }) => kind === 'key');
  const hasCertificates = policy.identities.some(({ kind }) => kind === 'certificate');
  const withRoot = hasCertificates && trustedRoot !== undefined;
  return {
    resource: {
      apiVersion: 'policy.sigstore.dev/v1beta1',
      kind: 'ClusterImagePolicy',
      metadata: { name },
      spec: { mode: 'enforce', images: (images.length === 0 ? ['**'] : images).map((glob) => ({ glob })), authorities },
    },
    notExpressed: [
      ...keyRules(policy, hasKeys),
      ...contentRules(policy),
      ...(policy.allowLegacySignature || hasKeys
        ? []
        : [{ rule: 'allowLegacySignature', why: 'which form an authority reads is decided by signatureFormat' }]),
    ],
    notes: [
      ...(hasKeys ? ["signatures by keys are read from the tag sha256-….sig: do not sign with '--no-legacy'"] : []),
      ...(withRoot
        ? [`a TrustRoot '${name}' has to hold the policy's trustedRoot: see the documentation of policy-controller`]
        : []),
      ...(hasCertificates && trustedRoot === undefined
        ? ['identities of certificates are checked against the public Sigstore']
        : []),
      'it looks at containers of pods, not at volumes of images; a namespace takes part with the label policy.sigstore.dev/include=true',
    ],
  };
}

/** What policy-controller cannot check of keys. */
function keyRules(
  { requirePredicates, requireSignature, allowLegacySignature }: Policy,
  hasKeys: boolean,
): NotExpressed[] {
  const attested: NotExpressed[] =
    requireSignature && requirePredicates.length > 0
      ? [
          {
            rule: 'require',
            why: 'an authority that asks for attestations does not ask for a signature of the image besides',
          },
        ]
      : [];
  if (!hasKeys) return attested;
  return [
    ...(requirePredicates.length === 0
      ? []
      : [
          {
            rule: 'require',
            why: `attestations by a key are in bundles, which policy-controller reads of certificates only: ${requirePredicates.join(', ')}`,
          },
        ]),
    ...(allowLegacySignature
      ? []
      : [{ rule: 'allowLegacySignature', why: 'signatures by a key are read from the tag sha256-….sig only' }]),
  ];
}

function authorityOf(identity: AdmissibleIdentity, authority: string, policy: Policy, root: string): object {
  if (identity.kind === 'key')
    return {
      name: authority,
      key: { data: publicPem(identity.publicKey), hashAlgorithm: 'sha256' },
      signatureFormat: 'legacy',
    };
  const attestations = policy.requirePredicates.map((predicateType, index) => ({
    name: `predicate${index + 1}`,
    predicateType,
  }));
  const trustRootRef = policy.trustedRoot === undefined ? {} : { trustRootRef: root };
  return {
    name: authority,
    keyless: { identities: [{ issuer: identity.issuer, subject: identity.san }], ...trustRootRef },
    ...(policy.rekor === 'required'
      ? { ctlog: policy.trustedRoot === undefined ? { url: 'https://rekor.sigstore.dev' } : trustRootRef }
      : {}),
    ...(policy.trustedRoot !== undefined && { rfc3161timestamp: trustRootRef }),
    signatureFormat: 'bundle',
    ...(attestations.length > 0 && { attestations }),
  };
}
