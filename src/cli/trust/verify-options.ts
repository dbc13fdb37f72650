import { basename } from 'node:path';
import { type OptionsOf, optionTable, SlipwayError } from '../../core/index.js';
import { openAuthority } from '../../stages/trust/index.js';
import { loadPolicy, signaturePolicy, type Identity, type Policy } from '../../trust/index.js';
import type { Session } from '../session/session.js';
import { keysOf } from './key-option.js';

export const VERIFY_FLAGS = optionTable({
  key: {
    kind: 'text',
    list: true,
    value: 'pub',
    help: 'public key that must have signed it: PEM file or env://NAME',
  },
  policy: { kind: 'path', value: 'file', help: 'policy file (YAML) that it must satisfy' },
  certificateIdentity: {
    kind: 'text',
    value: 'san',
    help: 'exact subject of the certificate that must have signed it',
  },
  certificateOidcIssuer: { kind: 'text', value: 'url', help: 'who vouched for that subject' },
  certificateChain: {
    kind: 'path',
    value: 'file',
    help: 'certificates (PEM) of an authority of your own, whose own may have signed a model.sig',
  },
  trustedRoot: {
    kind: 'path',
    value: 'file',
    help: 'trusted_root.json that certificates, logs and time stamps are checked against',
  },
  signature: { kind: 'path', value: 'file', help: 'signature of a directory or file, where it does not lie beside it' },
  bundle: {
    kind: 'path',
    list: true,
    value: 'file',
    help: 'bundles in this file speak for it instead of what is attached',
  },
  ignoreUnsignedFiles: { kind: 'flag', help: 'accept unsigned files of a directory' },
  ignorePaths: { kind: 'text', list: true, value: 'path', help: 'leave this file or folder of a directory out' },
  blobs: { kind: 'flag', help: 'read every blob and check its digest' },
  seed: { kind: 'text', value: 'text', help: 'which tensors a sample takes; printed when it is drawn' },
  source: { kind: 'path', value: 'dir', help: 'where the files lie that it was made from, if that was a directory' },
  attestKey: {
    kind: 'text',
    value: 'key',
    help: 'sign that it was accepted (a verification summary) with this key, and attach that',
  },
  schema: { kind: 'flag', help: "print the policy file's JSON Schema" },
});
export type VerifyCommandOptions = OptionsOf<typeof VERIFY_FLAGS>;

export const VERIFY_EXAMPLE = 'pipeline verify harbor.example.com/models/qwen:q4_k_m --key release.pub';

/** Whether anything says whose signatures count. */
export function saysWhomToTrust(options: VerifyCommandOptions): boolean {
  const { key = [], policy, certificateIdentity, certificateOidcIssuer, certificateChain } = options;
  const named = [policy, certificateIdentity, certificateOidcIssuer, certificateChain];
  return key.length > 0 || named.some((one) => one !== undefined);
}

/** The policy that the flags name: a file, keys, certificates. Throws `USAGE` when none does. */
export async function policyOf(session: Session, options: VerifyCommandOptions): Promise<Policy> {
  const { key, policy, trustedRoot } = options;
  const keys: readonly Identity[] = [...(await keysOf(session, key)), ...(await certifiedOf(options))];
  if (policy === undefined && keys.length === 0) {
    throw new SlipwayError('USAGE', 'neither a key nor a policy says whom to trust', {
      try: [VERIFY_EXAMPLE, 'pipeline verify harbor.example.com/models/qwen:q4_k_m --policy production.policy.yaml'],
    });
  }
  const root = trustedRoot === undefined ? {} : { trustedRoot };
  if (policy === undefined) return { ...signaturePolicy(keys), ...root };
  const loaded = { ...(await loadPolicy(policy, session.env)), ...root };
  return keys.length === 0 ? loaded : { ...loaded, identities: keys };
}

/** The identity that the flags about certificates together name. */
async function certifiedOf({
  certificateIdentity: san,
  certificateOidcIssuer: issuer,
  certificateChain: chain,
}: VerifyCommandOptions): Promise<readonly Identity[]> {
  if (chain !== undefined) {
    if (issuer === undefined) return [await openAuthority(chain, basename(chain), san)];
    throw new SlipwayError('USAGE', 'an authority of your own and an issuer of tokens are both named', {
      try: '--certificate-chain FILE [--certificate-identity SAN]',
    });
  }
  if (san === undefined && issuer === undefined) return [];
  if (san !== undefined && issuer !== undefined) return [{ kind: 'certificate', name: san, issuer, san }];
  throw new SlipwayError('USAGE', 'a subject without its issuer says nothing, nor the other way round', {
    try: '--certificate-identity SAN --certificate-oidc-issuer URL',
  });
}
