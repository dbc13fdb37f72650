import { isDigest, SlipwayError, type Digest } from '../core/index.js';
import {
  checkedRange,
  isJsonObject,
  jsonField,
  parseJson,
  sha256,
  type JsonObject,
  type ModelFile,
  type Snapshot,
} from '../files/index.js';
import { bodyOf, collect, isTransient, type OnRetry } from '../http/index.js';
import { rangeBody, rangeHeaders } from './range-response.js';
import { requireSecure } from './hub-endpoint.js';
import { resumedRead } from './resumed-read.js';
import { onnxDataFiles } from './onnx-data.js';
import { selectFiles, type SelectionOptions } from './selection.js';
import { verifiedFile } from './verified-file.js';

export interface ModelScopeOptions extends SelectionOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Branch or tag; `master` unless given. */
  readonly revision?: string | undefined;
  readonly onRetry?: OnRetry | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_ENDPOINT = 'https://www.modelscope.cn';
/** A listing of 50,000 files has some 20 MB. */
const LISTING_LIMIT = 64 * 1024 * 1024;

interface Listed {
  readonly path: string;
  readonly size: number;
  readonly digest: Digest | undefined;
  /** The commit that changed it last. */
  readonly commit: string;
}

/**
 * A repository of ModelScope (`modelscope://org/name[@revision]`). Its listing gives a SHA-256 of every file, which pins
 * them all: what changes between the listing and a reading is noticed.
 * `MODELSCOPE_ENDPOINT` names another server, `MODELSCOPE_API_TOKEN` an access token.
 * Throws `HUB_REPOSITORY_NOT_FOUND`, `HUB_UNAUTHORIZED`, `HUB_UNAVAILABLE`.
 */
export async function openModelScope(repository: string, options: ModelScopeOptions): Promise<Snapshot> {
  const endpoint = (options.env['MODELSCOPE_ENDPOINT'] ?? DEFAULT_ENDPOINT).replace(/\/+$/, '');
  requireSecure(new URL(endpoint), 'MODELSCOPE_ENDPOINT');
  const asked = options.revision ?? 'master';
  const base = `${endpoint}/api/v1/models/${repository}/repo`;
  const url = `${base}/files?Revision=${encodeURIComponent(asked)}&Recursive=true`;
  const listed = await listing(repository, url, options);
  const fileAt = `${base}?Revision=${encodeURIComponent(asked)}`;
  const named = await onnxDataFiles(listed, options, (file) => fileOf(file, fileAt, options));
  const { chosen, leftOut } = selectFiles(listed, options, repository, { named });
  const lines = listed.map(({ path, size, digest, commit }) => [path, size, digest ?? commit].join('\0'));
  return {
    source: {
      kind: 'modelscope',
      name: repository,
      url: `${endpoint}/models/${repository}`,
      revision: sha256(lines.sort().join('\n')),
      requestedRevision: asked,
    },
    files: chosen.map((file) => fileOf(file, fileAt, options)),
    ...(leftOut.length > 0 && { leftOut }),
  };
}

function headers({ env }: ModelScopeOptions): Record<string, string> {
  const token = env['MODELSCOPE_API_TOKEN']?.trim();
  return token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` };
}

async function listing(repository: string, url: string, options: ModelScopeOptions): Promise<readonly Listed[]> {
  const response = await options.fetch(url, {
    headers: { ...headers(options), accept: 'application/json' },
    signal: options.signal,
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw refused(repository, url, response.status);
  }
  const body = bodyOf(response);
  const bytes = body === null ? new Uint8Array(0) : await collect(body, LISTING_LIMIT, url);
  const value = parseJson(new TextDecoder().decode(bytes), 'the listing of ModelScope');
  const data = isJsonObject(value) ? jsonField(value, 'Data') : undefined;
  const files = isJsonObject(data) ? jsonField(data, 'Files') : undefined;
  if (!Array.isArray(files)) {
    const code = isJsonObject(value) ? jsonField(value, 'Code') : undefined;
    throw refused(repository, url, typeof code === 'number' ? code : 502);
  }
  return files.flatMap((file) =>
    isJsonObject(file) && jsonField(file, 'Type') !== 'tree' ? [listedFile(file, url)] : [],
  );
}

function listedFile(file: JsonObject, url: string): Listed {
  const [path, size, hash, commit] = ['Path', 'Size', 'Sha256', 'Revision'].map((name) => jsonField(file, name));
  if (typeof path !== 'string' || typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw unexpected(url, JSON.stringify(file).slice(0, 200));
  }
  const digest = `sha256:${typeof hash === 'string' ? hash.toLowerCase() : ''}`;
  return {
    path,
    size,
    digest: isDigest(digest) ? digest : undefined,
    commit: typeof commit === 'string' ? commit : '',
  };
}

function fileOf({ path, size, digest }: Listed, base: string, options: ModelScopeOptions): ModelFile {
  const url = `${base}&FilePath=${encodeURIComponent(path)}`;
  const file: ModelFile = {
    path,
    size,
    read: (range, signal) =>
      resumedRead(
        async (part, stop) => {
          const response = await options.fetch(url, {
            headers: { ...headers(options), ...rangeHeaders(part) },
            signal: stop,
          });
          if (response.ok) return rangeBody(response, part, size, path);
          await response.body?.cancel();
          throw refused(path, url, response.status);
        },
        checkedRange(path, size, range),
        { name: path, url: url.replace(/\?.*/s, ''), signal: signal ?? options.signal, onRetry: options.onRetry },
      ),
  };
  return verifiedFile(file, digest === undefined ? undefined : { sha256: digest });
}

function refused(what: string, url: string, status: number): SlipwayError {
  const where = url.replace(/\?.*/s, '');
  const got = `status ${status}`;
  if (status === 401 || status === 403) {
    return new SlipwayError('HUB_UNAUTHORIZED', `ModelScope does not give '${what}' to this account`, {
      where,
      got,
      try: 'an access token in MODELSCOPE_API_TOKEN',
    });
  }
  if (status === 404 || status === 10_010_205_001) {
    return new SlipwayError('HUB_REPOSITORY_NOT_FOUND', `ModelScope has no '${what}', or hides it`, {
      where,
      got,
      try: 'check the name; for a private one, an access token in MODELSCOPE_API_TOKEN',
    });
  }
  return new SlipwayError('HUB_UNAVAILABLE', `ModelScope did not give '${what}'`, {
    where,
    got,
    retryable: isTransient(status),
  });
}

function unexpected(url: string, got: string): SlipwayError {
  return new SlipwayError('HUB_UNAVAILABLE', 'ModelScope lists files in a form that is not known', {
    where: url.replace(/\?.*/s, ''),
    got,
  });
}
