const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** How blobs may be sent to a registry. */
export interface UploadRules {
  /** Which row of the table this is, for messages. */
  readonly kind: string;
  /** Bytes of one PATCH when a blob goes in several; `whole` where only one PATCH or PUT is accepted. */
  readonly chunkSize: number | 'whole';
  /** False where a PATCH must not announce its length (it then goes in HTTP's own chunks). */
  readonly announceLength: boolean;
  /**
   * True where a long PATCH goes without its length, as Docker's own push has it: it can be ended in the middle then, and what
   * was sent counts.
   */
  readonly openEnded: boolean;
  /** Largest body of one PUT, bytes; larger blobs go in chunks. */
  readonly largestPut: number;
  /** Largest layer that the registry keeps, bytes. */
  readonly largestLayer: number;
  /** Largest layer that a usual installation keeps, where nothing certain is known, bytes. */
  readonly usualLayer: number;
  /** Largest manifest, bytes. */
  readonly largestManifest: number;
  /** Who says so. */
  readonly source: string;
}

const PLAIN: UploadRules = {
  kind: 'plain',
  // Few large ones: a registry on a disk waits for it after each, and one on S3 lists its parts again. distribution keeps
  // what a connection that breaks had brought of one.
  chunkSize: 512 * MIB,
  announceLength: true,
  openEnded: true,
  largestPut: Number.MAX_SAFE_INTEGER,
  largestLayer: Number.MAX_SAFE_INTEGER,
  // distribution on S3 writes 10,000 parts at most, of 10 MiB unless told otherwise. Harbor is one of these, by no name.
  usualLayer: 10_000 * 10 * MIB,
  // What registries must accept by distribution-spec v1.1, and what Harbor and most others stop at.
  largestManifest: 4 * MIB,
  source: 'distribution/distribution#4572, goharbor/harbor#18888, distribution-spec v1.1',
};

type Row = Partial<UploadRules> & { readonly kind: string; readonly source: string };

/** What is known by name is known to take chunks of a known length. */
const ROOMY = { usualLayer: Number.MAX_SAFE_INTEGER, openEnded: false };
/** What GitHub's documentation calls 10 GB, taken at its least. */
const TEN_GB = 10_000_000_000;

// Facts of the operators' pages, and of what clients were measured to need. That a registry has no referrers API is not
// here: it says so itself (404), and the fallback tag is written then. A fresh token before each PATCH is for everyone.
const TABLE: readonly (readonly [RegExp, Row])[] = [
  [
    /^ghcr\.io$/,
    {
      ...ROOMY,
      kind: 'ghcr',
      // 416 to a PATCH that announces more than 4 MiB.
      chunkSize: 'whole',
      announceLength: false,
      largestLayer: TEN_GB,
      source: "docs.github.com 'Working with the Container registry', kitops upload-format.go",
    },
  ],
  [
    /^([a-z0-9-]+-docker\.pkg\.dev|([a-z0-9-]+\.)?gcr\.io)$/,
    { ...ROOMY, kind: 'gar', chunkSize: 'whole', source: 'kitops-ml/kitops#777: no uploads in several chunks' },
  ],
  [
    /^\d+\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/,
    { ...ROOMY, kind: 'ecr', largestLayer: 52_000 * MIB, source: 'Amazon ECR service quotas' },
  ],
  [
    /^public\.ecr\.aws$/,
    { ...ROOMY, kind: 'ecr-public', largestLayer: 10_000 * MIB, source: 'Amazon ECR Public service quotas' },
  ],
  [
    /^[a-z0-9-]+\.azurecr\.(io|cn|us)$/,
    { ...ROOMY, kind: 'acr', largestLayer: 200 * GIB, source: 'Azure Container Registry SKU features and limits' },
  ],
  [/^quay\.io$/, { ...ROOMY, kind: 'quay', largestPut: 20_000_000_000, source: 'oras-project/oras-py#137' }],
  [
    /^docker\.io$/,
    // Docker publishes no limit; pushers of models report that larger layers never get through.
    { kind: 'docker-hub', usualLayer: TEN_GB, source: 'reports only: cloudrift-ai/emmy#397' },
  ],
  [
    /^registry\.gitlab\.com$/,
    {
      ...ROOMY,
      kind: 'gitlab',
      largestManifest: 256 * KIB,
      source: "GitLab's runbook 'manifest invalid: request body too large'",
    },
  ],
];

/** The rules for a canonical host (`host[:port]`). */
export function uploadRules(host: string): UploadRules {
  const row = TABLE.find(([pattern]) => pattern.test(host));
  return row === undefined ? PLAIN : { ...PLAIN, ...row[1] };
}
