import type { KeyObject } from 'node:crypto';

/** One block of a PEM file (RFC 7468). */
export interface PemBlock {
  readonly label: string;
  readonly bytes: Buffer;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,64})-----\r?\n([A-Za-z0-9+/=\s]*?)-----END \1-----/;

/** The first block of a text, or `undefined`. Headers inside a block (RFC 1421) are not read: such keys are refused later. */
export function firstPemBlock(text: string): PemBlock | undefined {
  const match = BLOCK.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { label: match[1], bytes: Buffer.from(match[2], 'base64') };
}

/** A PEM file of one block, 64 characters a line. */
export function formatPem({ label, bytes }: PemBlock): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** A public key as a PEM file: SPKI, as every tool reads it. */
export function publicPem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}
