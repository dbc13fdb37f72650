import type { X509Certificate } from 'node:crypto';

/** What of a certificate's extensions decides whether it may sign, and for whom (RFC 5280 §4.2.1). */
export interface CertificateExtensions {
  /** Bits of KeyUsage; absent where the certificate does not say. */
  readonly keyUsage?: { readonly digitalSignature: boolean; readonly keyCertSign: boolean };
  readonly extendedKeyUsage?: readonly string[];
  /** How many certificates of authorities may stand below this one. */
  readonly pathLength?: number;
  /** E-mail addresses, URIs and DNS names of the subject. */
  readonly names: readonly string[];
  /** Object identifiers of extensions that must be understood and are not, as their bytes in hex. */
  readonly notUnderstood: readonly string[];
}

// Object identifiers by their DER content.
const KEY_USAGE = '551d0f';
const SUBJECT_NAMES = '551d11';
const BASIC_CONSTRAINTS = '551d13';
const EXTENDED_KEY_USAGE = '551d25';
const UNDERSTOOD: ReadonlySet<string> = new Set([KEY_USAGE, SUBJECT_NAMES, BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE]);

const [BOOLEAN, INTEGER, OID, SEQUENCE] = [0x01, 0x02, 0x06, 0x30];
/** `extensions [3]` of TBSCertificate. */
const EXTENSIONS = 0xa3;
/** rfc822Name, dNSName and uniformResourceIdentifier of GeneralName. */
const TEXT_NAMES: ReadonlySet<number> = new Set([0x81, 0x82, 0x86]);

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

/** Reads the extensions of a certificate that Node has parsed. Throws `RangeError` for one that is cut off. */
export function extensionsOf(certificate: X509Certificate): CertificateExtensions {
  const [tbs] = elements(elements(certificate.raw)[0]?.content ?? Buffer.alloc(0));
  const list = elements(tbs?.content ?? Buffer.alloc(0)).find(({ tag }) => tag === EXTENSIONS);
  const all = list === undefined ? [] : elements(elements(list.content)[0]?.content ?? Buffer.alloc(0));
  const found = new Map<string, Buffer>();
  const notUnderstood: string[] = [];
  for (const { content } of all) {
    const parts = elements(content);
    const id = parts[0]?.content.toString('hex') ?? '';
    const isCritical = parts[1]?.tag === BOOLEAN && parts[1].content[0] !== 0;
    if (isCritical && !UNDERSTOOD.has(id)) notUnderstood.push(id);
    const value = parts.at(-1);
    if (value !== undefined) found.set(id, value.content);
  }
  return { ...read(found), notUnderstood };
}

function read(found: ReadonlyMap<string, Buffer>): Omit<CertificateExtensions, 'notUnderstood'> {
  const [usage, extended, constraints, names] = [KEY_USAGE, EXTENDED_KEY_USAGE, BASIC_CONSTRAINTS, SUBJECT_NAMES].map(
    (id) => found.get(id),
  );
  const length = constraints && sequence(constraints).find(({ tag }) => tag === INTEGER)?.content;
  return {
    ...(usage !== undefined && { keyUsage: usageBits(usage) }),
    ...(extended !== undefined && {
      extendedKeyUsage: sequence(extended).flatMap(({ tag, content }) =>
        tag === OID ? [content.toString('hex')] : [],
      ),
    }),
    ...(length !== undefined && { pathLength: length.byteLength === 1 ? (length[0] ?? 0) : Number.POSITIVE_INFINITY }),
    names: names === undefined ? [] : namesIn(names),
  };
}

function namesIn(value: Buffer): readonly string[] {
  return sequence(value).flatMap(({ tag, content }) => (TEXT_NAMES.has(tag) ? [content.toString('latin1')] : []));
}

function usageBits(value: Buffer): { readonly digitalSignature: boolean; readonly keyCertSign: boolean } {
  // A BIT STRING: the number of unused bits, then the bits from the highest.
  const bits = elements(value)[0]?.content[1] ?? 0;
  return { digitalSignature: Math.floor(bits / 128) % 2 === 1, keyCertSign: Math.floor(bits / 4) % 2 === 1 };
}

function sequence(value: Buffer): readonly Element[] {
  const [outer] = elements(value);
  return outer?.tag === SEQUENCE ? elements(outer.content) : [];
}

/** The elements that follow each other in DER. */
function elements(bytes: Buffer): readonly Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.byteLength;) {
    const tag = bytes.readUInt8(at);
    const first = bytes.readUInt8(at + 1);
    // Lengths of certificates fit into four bytes.
    const more = first < 128 ? 0 : Math.min(first - 128, 4);
    const start = at + 2 + more;
    const end = start + (more === 0 ? first : bytes.readUIntBE(at + 2, more));
    if (end > bytes.byteLength || (first >= 128 && (first === 128 || first > 132))) throw new RangeError('cut off');
    found.push({ tag, content: bytes.subarray(start, end) });
    at = end;
  }
  return found;
}
