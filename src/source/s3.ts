import { SlipwayError, type Digest } from '../core/index.js';
import { bodyOf, type OnRetry } from '../http/index.js';
import { checkedRange, parseSplitName, sha256, type ModelFile, type Snapshot } from '../files/index.js';
import { resumedRead } from './resumed-read.js';
import { rangeProblem } from './range-response.js';
import { openS3Client, type S3Client, type S3Environment, type S3Object } from './s3-client.js';
import { onnxDataFiles } from './onnx-data.js';
import { selectFiles, type SelectionOptions } from './selection.js';
import { verifiedFile } from './verified-file.js';

export interface S3Options extends SelectionOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly env: S3Environment;
  readonly onRetry?: OnRetry | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Objects whose heads are asked for side by side. */
const HEADS_AT_ONCE = 8;

/**
 * The objects below a prefix, or one object (the first split of a model stands for its set), as files. Each is pinned by
 * its version where the bucket keeps versions, and by its entity tag everywhere: an object that changes between two
 * readings is noticed. A SHA-256 of the whole object that the server keeps is the file's digest.
 * Throws `NOT_FOUND`, and `CONFIG_INVALID` when the client of S3 is not installed.
 */
export async function openS3(bucket: string, prefix: string, options: S3Options): Promise<Snapshot> {
  const client = await openS3Client(options.env, options.fetch);
  const listed = await client.list(bucket, prefix, options.signal);
  const found = within(listed, prefix);
  const place = `s3://${bucket}/${prefix}`;
  if (found.length === 0) {
    throw new SlipwayError('NOT_FOUND', `there is no object at '${place}'`, {
      where: place,
      try: 'check bucket and prefix; AWS_ENDPOINT_URL_S3 names a server other than that of AWS',
    });
  }
  const isOne = found.some(({ key }) => key === prefix);
  const selection = isOne ? { include: ['**'] } : options;
  const opened = async (file: Named): Promise<ModelFile> =>
    objectFile(client, bucket, await pinned(client, bucket, file, options.signal), options);
  const named = await onnxDataFiles(found, selection, opened);
  const { chosen, leftOut } = selectFiles(found, selection, place, { named });
  const objects: PinnedObject[] = [];
  for (let at = 0; at < chosen.length; at += HEADS_AT_ONCE) {
    const batch = chosen.slice(at, at + HEADS_AT_ONCE);
    objects.push(...(await Promise.all(batch.map(async (file) => pinned(client, bucket, file, options.signal)))));
  }
  const folder = prefix.replace(/\/+$/, '').split('/').at(-1) ?? '';
  const name = isOne ? folder.replace(/(-\d{5}-of-\d{5})?\.[^.]+$/, '') : folder === '' ? bucket : folder;
  return {
    source: { kind: 's3', name, url: place, revision: revisionOf(objects) },
    files: objects.map((object) => objectFile(client, bucket, object, options)),
    ...(leftOut.length > 0 && { leftOut }),
  };
}

interface Named {
  readonly key: string;
  /** Below the prefix. */
  readonly path: string;
}

interface PinnedObject extends Named, S3Object {}

/** Keys below the prefix by their paths; the key that is the prefix itself, with the further splits of its set. */
function within(keys: readonly string[], prefix: string): Named[] {
  const own = keys.includes(prefix) && !prefix.endsWith('/') && prefix !== '';
  if (own) {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const split = parseSplitName(prefix);
    const isOfSet = (key: string): boolean =>
      split?.index === 0 && parseSplitName(key)?.prefix === split.prefix && parseSplitName(key)?.count === split.count;
    const set = keys.filter((key) => key === prefix || isOfSet(key));
    return set.map((key) => ({ key, path: key.slice(folder.length) }));
  }
  const root = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  return keys
    .filter((key) => key.startsWith(root) && !key.endsWith('/'))
    .map((key) => ({ key, path: key.slice(root.length) }));
}

async function pinned(
  client: S3Client,
  bucket: string,
  file: Named,
  signal: AbortSignal | undefined,
): Promise<PinnedObject> {
  return { ...file, ...(await client.head(bucket, file.key, signal)) };
}

/** Changes with every name, size, version and entity tag. */
function revisionOf(objects: readonly PinnedObject[]): Digest {
  const lines = objects.map(({ path, size, version, tag, digest }) =>
    [path, size, digest ?? version ?? '', digest === undefined ? tag : ''].join('\0'),
  );
  return sha256(lines.join('\n'));
}

function objectFile(client: S3Client, bucket: string, object: PinnedObject, options: S3Options): ModelFile {
  const { key, path, size, digest } = object;
  const url = `s3://${bucket}/${key}`;
  const file: ModelFile = {
    path,
    size,
    read: (range, signal) =>
      resumedRead(
        async (part, stop) => {
          const response = await client.get(bucket, key, object, part, stop);
          const problem = rangeProblem(response, part, size);
          const body = problem === undefined ? bodyOf(response) : null;
          if (body !== null) return body;
          await response.body?.cancel();
          throw new SlipwayError('SIZE_MISMATCH', `'${path}' was not served as asked for`, {
            where: url,
            got: problem ?? 'no body',
          });
        },
        checkedRange(path, size, range),
        { name: path, url, signal: signal ?? options.signal, onRetry: options.onRetry },
      ),
  };
  return verifiedFile(file, digest === undefined ? undefined : { sha256: digest });
}
