import { isMissing, readRegularText, SlipwayError } from '../../core/index.js';
import type { Policy } from '../verify/policy.js';
import { kyvernoPolicy } from './kyverno.js';
import type {
  AdmissibleIdentity,
  AdmissiblePolicy,
  AdmissionEngine,
  AdmissionPolicy,
  NotExpressed,
} from './admission-types.js';
import { clusterImagePolicy } from './policy-controller.js';

/** How the resource is to be made. */
export interface AdmissionOptions {
  /** `metadata.name`; of the policy's name unless given. */
  readonly name?: string | undefined;
  /** Images that it is about, as globs (`harbor.example.com/models/**`); every image unless given. */
  readonly images?: readonly string[] | undefined;
}

const TRUSTED_ROOT_LIMIT = 512 * 1024;

/**
 * The cluster policy that enforces a policy's identities and predicate types at admission, with the rules that the engine
 * does not enforce. Throws `NOT_FOUND` for a trusted root that is not there, `POLICY_INVALID` for one that is too large.
 */
export async function admissionPolicy(
  policy: Policy,
  engine: AdmissionEngine,
  options: AdmissionOptions = {},
): Promise<AdmissionPolicy> {
  const { images = [] } = options;
  const trustedRoot = policy.trustedRoot === undefined ? undefined : await rootText(policy.trustedRoot);
  const { known, beyond } = expressible(policy);
  const input = { policy: known, name: options.name ?? resourceName(policy.name), images, trustedRoot };
  const made = engine === 'kyverno' ? kyvernoPolicy(input) : clusterImagePolicy(input);
  const everywhere = images.length > 0 ? [] : ['it is about every image of the cluster: name those that it is for'];
  const { stringify } = await import('yaml');
  const text = stringify(made.resource, { lineWidth: 0 });
  return {
    engine,
    ...made,
    notExpressed: [...beyond, ...made.notExpressed],
    text,
    notes: [...everywhere, ...made.notes],
  };
}

/** The policy with the identities that engines know. Throws `POLICY_INVALID` when none is among them. */
function expressible(policy: Policy): { readonly known: AdmissiblePolicy; readonly beyond: readonly NotExpressed[] } {
  const identities = policy.identities.filter((one): one is AdmissibleIdentity => one.kind !== 'authority');
  const others = policy.identities.filter(({ kind }) => kind === 'authority');
  if (identities.length === 0)
    throw new SlipwayError(
      'POLICY_INVALID',
      `no identity of the policy '${policy.name}' can be asked about at admission`,
      {
        got: 'authorities of your own only, whose chains images are not signed with',
        try: 'add a key, or an issuer and a san',
      },
    );
  const beyond = others.map(({ name }) => ({
    rule: `identities: ${name}`,
    why: 'whom an authority of your own has certified is verified for model.sig and files only',
  }));
  return { known: { ...policy, identities }, beyond: beyond };
}

async function rootText(path: string): Promise<string> {
  const text = await readRegularText(path).catch((cause: unknown) => {
    if (!isMissing(cause)) throw cause;
    throw new SlipwayError('NOT_FOUND', `there is no trusted root '${path}'`, { where: path, cause });
  });
  if (text.length <= TRUSTED_ROOT_LIMIT) return text;
  throw new SlipwayError('POLICY_INVALID', 'the trusted root does not fit into a resource of Kubernetes', {
    where: path,
    got: `${text.length} characters, limit ${TRUSTED_ROOT_LIMIT}`,
  });
}

/** A DNS label of a policy's name, which may be a path. */
export function resourceName(name: string): string {
  const base = name
    .slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
    .replace(/(\.policy)?\.ya?ml$/i, '');
  const label = base
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 63);
  return label === '' ? 'slipway' : label;
}
