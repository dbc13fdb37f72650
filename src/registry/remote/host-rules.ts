const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** How blobs may be sent to a registry. */
export interface UploadRules {
  /** Which row of the table this is, for messages. */
  readonly kind: string;
  /** Bytes of one PATCH when a blob goes in several; `whole` where only one PATCH or PUT is accepted. */
  readonly chunkSize: number | 'whole';
  /** False where a PATCH must not announce its length (it then goes in HTTP's own chunks). */
  readonly announceLength: boolean;
  /** Largest body of one PUT, bytes; larger blobs go in chunks. */
  readonly largestPut: number;
  /** Largest layer that the registry keeps, bytes. */
  readonly largestLayer: number;
  /** Largest layer that a usual installation keeps, where nothing certain is known, bytes. */
  readonly usualLayer: number;
}

const PLAIN: UploadRules = {
  kind: 'plain',
  // A registry on S3 lists its parts again for each PATCH: few large ones are faster than many small ones.
  chunkSize: 64 * MIB,
  announceLength: true,
  largestPut: Number.MAX_SAFE_INTEGER,
  largestLayer: Number.MAX_SAFE_INTEGER,
  // distribution on S3 writes 10,000 parts at most, of 10 MiB unless told otherwise (distribution/distribution#4572).
  usualLayer: 10_000 * 10 * MIB,
};

const ROOMY = { usualLayer: Number.MAX_SAFE_INTEGER };

// Facts of the operators' quota pages and of what clients were measured to need. Harbor has no name of its own to be
// known by; it behaves like `plain`, and asks for a fresh token before each PATCH, which is done for everyone.
const TABLE: readonly (readonly [RegExp, Partial<UploadRules> & { readonly kind: string }])[] = [
  [/^ghcr\.io$/, { ...ROOMY, kind: 'ghcr', chunkSize: 'whole', announceLength: false }],
  [/^([a-z0-9-]+-docker\.pkg\.dev|([a-z0-9-]+\.)?gcr\.io)$/, { ...ROOMY, kind: 'gar', chunkSize: 'whole' }],
  [/^\d+\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/, { ...ROOMY, kind: 'ecr', largestLayer: 52_000 * MIB }],
  [/^public\.ecr\.aws$/, { ...ROOMY, kind: 'ecr-public', largestLayer: 10_000 * MIB }],
  [/^[a-z0-9-]+\.azurecr\.(io|cn|us)$/, { ...ROOMY, kind: 'acr', largestLayer: 200 * GIB }],
  [/^quay\.io$/, { ...ROOMY, kind: 'quay', largestPut: 20_000_000_000 }],
];

/** The rules for a canonical host (`host[:port]`). */
export function uploadRules(host: string): UploadRules {
  const row = TABLE.find(([pattern]) => pattern.test(host));
  return row === undefined ? PLAIN : { ...PLAIN, ...row[1] };
}
