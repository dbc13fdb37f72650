import { X509Certificate, type KeyObject } from 'node:crypto';
import { SlipwayError } from '../../core/index.js';
import { extensionsOf, type CertificateExtensions } from './extensions.js';

/** Object identifier of code signing among extended key usages (1.3.6.1.5.5.7.3.3), as DER content. */
const CODE_SIGNING = '2b06010505070303';
/** Longest way from a signer's certificate to a trusted one, and most certificates that are tried. */
const DEEPEST = 8;
const MOST_CERTIFICATES = 64;
const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** What is said of a signer's certificate. */
export type ChainVerdict =
  | ({ readonly kind: 'trusted' } & CertifiedSigner)
  /** It was issued by a trusted authority, but nothing says when it signed. */
  | ({ readonly kind: 'undecided'; readonly reason: string } & CertifiedSigner)
  | { readonly kind: 'refused'; readonly reason: string };

interface CertifiedSigner {
  readonly publicKey: KeyObject;
  /** E-mail addresses, URIs and DNS names that the certificate names. */
  readonly names: readonly string[];
}

/** Certificates in a PEM file. Throws `KEY_INVALID`. */
export function readCertificates(pem: string, name: string): readonly X509Certificate[] {
  const blocks = pem.match(PEM_BLOCK) ?? [];
  if (blocks.length === 0 || blocks.length > MOST_CERTIFICATES)
    throw new SlipwayError('KEY_INVALID', `'${name}' holds no certificates that can be used here`, {
      where: name,
      got: `${blocks.length} blocks 'CERTIFICATE'`,
    });
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new SlipwayError('KEY_INVALID', `a certificate in '${name}' cannot be read`, { where: name, cause });
    }
  });
}

/**
 * Whether a certificate, the first of `chain`, was issued for signing by one of `trusted`, over the others of the chain if need be (RFC 5280
 * §6, as far as authorities of one's own go: names are compared by the caller, revocation and policies are not looked at). Authorities must
 * have been valid when the certificate began; a certificate that has run out since may have signed before or after.
 */
export function verifyChain(chain: readonly Buffer[], trusted: readonly X509Certificate[], now: Date): ChainVerdict {
  let certificates: readonly KnownCertificate[];
  let anchors: readonly KnownCertificate[];
  try {
    certificates = chain.map((der) => known(new X509Certificate(der)));
    anchors = trusted.map(known);
  } catch {
    return { kind: 'refused', reason: 'a certificate that cannot be read' };
  }
  const [leaf, ...between] = certificates;
  if (leaf === undefined) return { kind: 'refused', reason: 'it brings no certificate' };
  const wrong = unfit(leaf);
  if (wrong !== undefined) return { kind: 'refused', reason: wrong };
  const start = new Date(leaf.certificate.validFrom);
  if (start > now) return { kind: 'refused', reason: `its certificate is valid from ${start.toISOString()} on` };
  if (!leadsTo(leaf, { anchors, between, start }, 0))
    return { kind: 'refused', reason: 'its certificate was issued by none of the authorities that the policy names' };
  const end = new Date(leaf.certificate.validTo);
  const signer = { publicKey: leaf.certificate.publicKey, names: leaf.extensions.names };
  if (end < now)
    return {
      kind: 'undecided',
      ...signer,
      reason: `its certificate ran out at ${end.toISOString()}, and nothing says that it was signed before`,
    };
  return { kind: 'trusted', ...signer };
}

interface KnownCertificate {
  readonly certificate: X509Certificate;
  readonly extensions: CertificateExtensions;
}

function known(certificate: X509Certificate): KnownCertificate {
  return { certificate, extensions: extensionsOf(certificate) };
}

/** Why a certificate may not sign; `undefined` when it may. As the reference implementation asks: one of both usages. */
function unfit({ extensions: { keyUsage, extendedKeyUsage, notUnderstood } }: KnownCertificate): string | undefined {
  if (notUnderstood.length > 0) return 'its certificate has a critical extension that is not understood';
  if (keyUsage?.digitalSignature === true || extendedKeyUsage?.includes(CODE_SIGNING) === true) return undefined;
  return 'its certificate is not for signing';
}

interface Search {
  readonly anchors: readonly KnownCertificate[];
  readonly between: readonly KnownCertificate[];
  readonly start: Date;
}

/** Whether a certificate was issued, directly or over authorities between, by a trusted one. `below`: authorities below its issuer. */
function leadsTo(child: KnownCertificate, search: Search, below: number): boolean {
  if (below >= DEEPEST) return false;
  const { anchors, between, start } = search;
  if (anchors.some((issuer) => isIssuer(issuer, child, { below, start }))) return true;
  return between.some(
    (issuer) =>
      !issuer.certificate.raw.equals(child.certificate.raw) &&
      isIssuer(issuer, child, { below, start }) &&
      leadsTo(issuer, { ...search, between: between.filter((one) => one !== issuer) }, below + 1),
  );
}

function isIssuer(
  { certificate, extensions }: KnownCertificate,
  child: KnownCertificate,
  { below, start }: { readonly below: number; readonly start: Date },
): boolean {
  const { keyUsage, pathLength = Number.POSITIVE_INFINITY, notUnderstood } = extensions;
  return (
    certificate.ca &&
    keyUsage?.keyCertSign !== false &&
    notUnderstood.length === 0 &&
    below <= pathLength &&
    new Date(certificate.validFrom) <= start &&
    start <= new Date(certificate.validTo) &&
    child.certificate.checkIssued(certificate) &&
    child.certificate.verify(certificate.publicKey)
  );
}
