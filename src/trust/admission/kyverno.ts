import { publicPem } from '../keys/pem.js';
import type { AdmissibleIdentity, AdmissionInput, AdmissionPolicy } from './admission-types.js';
import { contentRules } from './not-expressed.js';

type Made = Omit<AdmissionPolicy, 'engine' | 'text'>;

/** Where a pod names images: containers by Kyverno's own extractors, volumes of images by ours. */
const IMAGE_LISTS = ['containers', 'initContainers', 'ephemeralContainers', 'volumes'] as const;

const VOLUME_IMAGES =
  '(object != null ? object : oldObject).spec.?volumes.orValue([]).filter(v, has(v.image) && has(v.image.reference)).map(v, v.image.reference)';

/** An ImageValidatingPolicy (policies.kyverno.io/v1): signatures and attestations by any of the policy's identities. */
export function kyvernoPolicy({ policy, name, images, trustedRoot }: AdmissionInput): Made {
  const attestors = policy.identities.map((identity, index) => ({
    name: `identity${index + 1}`,
    cosign: attestorOf(identity, policy.rekor, trustedRoot),
  }));
  const anyOf = `[${attestors.map((attestor) => `attestors.${attestor.name}`).join(', ')}]`;
  const attestations = policy.requirePredicates.map((type, index) => ({
    name: `predicate${index + 1}`,
    intoto: { type },
  }));
  const checks = [
    ...(policy.requireSignature
      ? [
          check(
            (list) => `images.${list}.map(image, verifyImageSignatures(image, ${anyOf})).all(e, e > 0)`,
            'not signed by an identity of the policy',
          ),
        ]
      : []),
    ...attestations.map((attestation, index) =>
      check(
        (list) =>
          `images.${list}.map(image, verifyAttestationSignatures(image, attestations.${attestation.name}, ${anyOf})).all(e, e > 0)`,
        `no attestation ${policy.requirePredicates[index] ?? ''} by an identity of the policy`,
      ),
    ),
  ];
  const resource = {
    apiVersion: 'policies.kyverno.io/v1',
    kind: 'ImageValidatingPolicy',
    metadata: { name },
    spec: {
      validationActions: ['Deny'],
      failurePolicy: 'Fail',
      // What controllers make are pods: they are looked at when they are made.
      autogen: { podControllers: { controllers: [] } },
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['pods', 'pods/ephemeralcontainers'],
          },
        ],
      },
      matchImageReferences: (images.length === 0 ? ['*'] : images).map((glob) => ({ glob })),
      images: [{ name: 'volumes', expression: VOLUME_IMAGES }],
      attestors,
      ...(attestations.length > 0 && { attestations }),
      validations: checks,
    },
  };
  return {
    resource,
    notExpressed: [
      ...contentRules(policy),
      ...(policy.allowLegacySignature
        ? []
        : [{ rule: 'allowLegacySignature', why: 'Kyverno accepts the tag sha256-….sig too' }]),
    ],
    notes: [
      'for Kyverno 1.17 and later (kind ImageValidatingPolicy); it refuses more than 50 referrers of an image',
      ...(policy.identities.some(({ kind }) => kind === 'certificate') && trustedRoot === undefined
        ? ['identities of certificates are checked against the public Sigstore: the policy names no trustedRoot']
        : []),
    ],
  };
}

function check(expression: (list: string) => string, message: string): object {
  return { expression: IMAGE_LISTS.map((list) => expression(list)).join(' && '), message };
}

function attestorOf(
  identity: AdmissibleIdentity,
  rekor: 'required' | 'optional',
  trustedRoot: string | undefined,
): object {
  if (identity.kind === 'key')
    return {
      key: { data: publicPem(identity.publicKey) },
      // Signatures by a key are in no log unless their maker put them there.
      ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true },
    };
  return {
    keyless: { identities: [{ issuer: identity.issuer, subject: identity.san }] },
    ...(trustedRoot !== undefined && { trustedRoot: { value: trustedRoot } }),
    ...(rekor === 'optional' && { ctlog: { insecureIgnoreTlog: true } }),
  };
}
