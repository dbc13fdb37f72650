import type * as Sdk from '@aws-sdk/client-s3';
import { isDigest, SlipwayError, type ByteRange, type Digest } from '../core/index.js';
import { isTransient } from '../http/index.js';

/** Variables by the names that every client of S3 knows: `AWS_REGION`, `AWS_ENDPOINT_URL_S3`, … */
export type S3Environment = Readonly<Record<string, string | undefined>>;

/** What the head of an object says. */
export interface S3Object {
  readonly size: number;
  /** The entity tag, quotation marks included. */
  readonly tag: string;
  /** Where the bucket keeps versions. */
  readonly version: string | undefined;
  /** Where the server keeps a SHA-256 of the whole object. */
  readonly digest: Digest | undefined;
}

/** The few requests that reading a model takes. */
export interface S3Client {
  /** All keys that begin with a prefix. */
  list(bucket: string, prefix: string, signal?: AbortSignal): Promise<readonly string[]>;
  head(bucket: string, key: string, signal?: AbortSignal): Promise<S3Object>;
  /** A range of an object as it was pinned; another object under its key is refused. */
  get(bucket: string, key: string, pin: S3Object, range: ByteRange, signal?: AbortSignal): Promise<Response>;
}

/** Keys in a listing; a model has some hundred files. */
const MOST_KEYS = 100_000;

/**
 * Opens a client of S3, or of anything that speaks its protocol (`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`). Signatures
 * and the usual chain of credentials (variables, profiles, SSO, roles of containers and machines) are the official
 * SDK's; requests go through `fetch`. Throws `CONFIG_INVALID` when the SDK is not installed.
 */
export async function openS3Client(env: S3Environment, fetch: typeof globalThis.fetch): Promise<S3Client> {
  const sdk = await loadSdk();
  const endpoint = env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  const credentials = credentialsOf(env);
  const client = new sdk.S3Client({
    region: env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1',
    followRegionRedirects: true,
    ...(endpoint !== undefined && endpoint !== '' && { endpoint, forcePathStyle: true }),
    credentials,
    // A bucket that everybody may read is read without a signature, as `aws --no-sign-request` does.
    ...(env['AWS_NO_SIGN_REQUEST'] === '1' && { signer: { sign: async (request) => request } }),
    requestHandler: handler(fetch),
    // The body is checked where it is read: as a whole, against the object's own digest.
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return {
    list: async (bucket, prefix, signal) => listAll(sdk, client, { Bucket: bucket, Prefix: prefix }, signal),
    head: async (bucket, key, signal) => headOf(sdk, client, bucket, key, signal),
    get: async (bucket, key, { tag, version }, { start, end }, signal) => {
      const input = { Bucket: bucket, Key: key, IfMatch: tag, Range: `bytes=${start}-${end - 1}`, VersionId: version };
      const answer = await withOwnErrors(`s3://${bucket}/${key}`, async () =>
        client.send(new sdk.GetObjectCommand(input), { abortSignal: signal }),
      );
      const headers = { 'content-range': answer.ContentRange ?? '', 'content-length': String(answer.ContentLength) };
      const status = answer.$metadata.httpStatusCode ?? 200;
      return new Response(answer.Body as ReadableStream<Uint8Array>, { status, headers });
    },
  };
}

async function loadSdk(): Promise<typeof Sdk> {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (cause) {
    throw new SlipwayError('CONFIG_INVALID', 'reading from S3 needs the package @aws-sdk/client-s3', {
      where: 's3://',
      try: 'npm install @aws-sdk/client-s3   (beside slipway)',
      cause,
    });
  }
}

function credentialsOf(env: S3Environment): Sdk.S3ClientConfig['credentials'] {
  const [accessKeyId, secretAccessKey] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']];
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  const sessionToken = env['AWS_SESSION_TOKEN'];
  return { accessKeyId, secretAccessKey, sessionToken };
}

/** What the SDK gives to its request handler, and what it wants back (@smithy/types, HttpRequest). */
interface SignedRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Carries signed requests out with the run's own connections: proxies, certificates, repetitions. */
function handler(fetch: typeof globalThis.fetch): NonNullable<Sdk.S3ClientConfig['requestHandler']> {
  const handle = async (
    request: SignedRequest,
    options: { readonly abortSignal?: AbortSignal } = {},
  ): Promise<{ readonly response: object }> => {
    // The connection names its host itself.
    const { host: _host, ...headers } = request.headers;
    const { abortSignal } = options;
    const response = await fetch(addressOf(request), {
      method: request.method,
      headers,
      redirect: 'manual',
      signal: abortSignal,
    });
    return {
      response: {
        statusCode: response.status,
        reason: response.statusText,
        headers: Object.fromEntries(response.headers),
        body: response.body ?? undefined,
      },
    };
  };
  return { handle } as NonNullable<Sdk.S3ClientConfig['requestHandler']>;
}

function addressOf({ protocol, hostname, port, path, query = {} }: SignedRequest): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one) => `${escaped(name)}${one === null ? '' : `=${escaped(one)}`}`),
  );
  const search = pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${search}`;
}

/** As signatures count it: also what `encodeURIComponent` leaves alone. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

async function listAll(
  sdk: typeof Sdk,
  client: Sdk.S3Client,
  input: { readonly Bucket: string; readonly Prefix: string },
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const keys: string[] = [];
  const place = `s3://${input.Bucket}/${input.Prefix}`;
  // The siblings of a split are listed with it.
  const prefix = input.Prefix.replace(/-\d{5}-of-\d{5}\.gguf$/, '');
  for (let token: string | undefined; ;) {
    const page = await withOwnErrors(place, async () =>
      client.send(new sdk.ListObjectsV2Command({ Bucket: input.Bucket, Prefix: prefix, ContinuationToken: token }), {
        abortSignal: signal,
      }),
    );
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
    if (keys.length > MOST_KEYS) {
      throw new SlipwayError('MODEL_INVALID', `'${place}' is no model`, {
        where: place,
        got: `more than ${MOST_KEYS} objects`,
        try: 'give the prefix of one model',
      });
    }
    token = page.NextContinuationToken;
    if (page.IsTruncated !== true || token === undefined) return keys;
  }
}

async function headOf(
  sdk: typeof Sdk,
  client: Sdk.S3Client,
  bucket: string,
  key: string,
  signal: AbortSignal | undefined,
): Promise<S3Object> {
  const place = `s3://${bucket}/${key}`;
  const head = await withOwnErrors(place, async () =>
    client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }), {
      abortSignal: signal,
    }),
  );
  const { ContentLength: size, ETag: tag, VersionId: version, ChecksumSHA256: checksum, ChecksumType: kind } = head;
  if (size === undefined || tag === undefined) {
    throw new SlipwayError('FORMAT_UNSUPPORTED', `the server does not say size and entity tag of '${key}'`, {
      where: place,
    });
  }
  const isWhole = kind !== 'COMPOSITE' && checksum !== undefined && !checksum.includes('-');
  const digest = isWhole ? `sha256:${Buffer.from(checksum, 'base64').toString('hex')}` : undefined;
  return {
    size,
    tag,
    version: version === 'null' ? undefined : version,
    digest: digest !== undefined && isDigest(digest) ? digest : undefined,
  };
}

/** Gives the SDK's errors our codes. */
async function withOwnErrors<T>(place: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (SlipwayError.is(error)) throw error;
    const { name = 'Error', $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
    const status = $metadata?.httpStatusCode;
    const details = { where: place, got: status === undefined ? name : `${name}, status ${status}`, cause: error };
    if (name === 'AbortError') throw error;
    if (status === 412) {
      throw new SlipwayError('DIGEST_MISMATCH', 'the object changed since it was looked at', {
        ...details,
        try: 'run again: it is pinned anew',
      });
    }
    if (status === 404 || name === 'NoSuchBucket' || name === 'NoSuchKey') {
      throw new SlipwayError('NOT_FOUND', `there is nothing at '${place}'`, details);
    }
    if (name === 'CredentialsProviderError' || status === 401 || status === 403) {
      throw new SlipwayError('CREDENTIAL_HELPER', `S3 refuses the credentials for '${place}', or there are none`, {
        ...details,
        try: [
          'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile (AWS_PROFILE) that may list and read the bucket',
          'AWS_NO_SIGN_REQUEST=1 for a bucket that everybody may read',
        ],
      });
    }
    throw new SlipwayError('NET_UNREACHABLE', `S3 did not answer as it should for '${place}'`, {
      ...details,
      retryable: status === undefined || isTransient(status),
    });
  }
}
