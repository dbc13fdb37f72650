import type { IncomingMessage } from 'node:http';
import { isDigest, type Digest } from '../core/index.js';
import { jsonField, sha256 } from '../files/index.js';
import { errorAnswer, jsonAnswer, requestBody, type Answer } from './registry-answer.js';
import type { RegistryFault } from './registry-faults.js';
import { asObject, type PendingUpload, type RegistryStore } from './registry-store.js';

/** What a registry may be without. */
export interface RegistryFeatures {
  readonly referrers: boolean;
  readonly patch: boolean;
  readonly mount: boolean;
  readonly ranges: boolean;
  readonly immutableTags: boolean;
  /** Smallest chunk of a PATCH that is not the last, bytes; announced as OCI-Chunk-Min-Length. */
  readonly minChunk: number;
  /** Entries of one page of a listing. */
  readonly pageSize: number;
  /** Sent as a `Warning` header with every answer. */
  readonly warning: string | undefined;
  /**
   * The offset is part of the state that an upload's address carries, as in distribution 2.8 (signed there): a request with an
   * address older than what is stored is refused, and an upload whose request was cut is lost.
   */
  readonly signedState: boolean;
  /** Largest body of one request, bytes: what is longer gets 413, as from a proxy before the registry. */
  readonly largestBody: number;
  /** False leaves `Range` at the first chunk, as Amazon ECR does. */
  readonly movingRange: boolean;
  /** False refuses to list tags, as accounts that may only push are refused. */
  readonly listTags: boolean;
}

/** One request, taken apart. */
export interface Call {
  readonly request: IncomingMessage;
  readonly method: string;
  readonly url: URL;
  readonly repository: string;
  /** What follows the repository: `blobs/sha256:…`. */
  readonly rest: string;
  readonly fault: RegistryFault | undefined;
}

/** A tag that was set, and whether everything it leads to was there. */
export interface TagMove {
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
  readonly complete: boolean;
}

/** The API of the distribution specification v1.1 over a store. */
export class RegistryRoutes {
  readonly #store: RegistryStore;
  readonly #features: RegistryFeatures;
  readonly #firstChunk = new Map<string, number>();
  readonly tagMoves: TagMove[] = [];

  constructor(store: RegistryStore, features: RegistryFeatures) {
    this.#store = store;
    this.#features = features;
  }

  async answer(call: Call): Promise<Answer> {
    const { rest } = call;
    if (rest === 'tags/list') return this.#tags(call);
    if (rest.startsWith('referrers/')) return this.#referrers(call, rest.slice('referrers/'.length));
    if (rest.startsWith('manifests/')) return this.#manifest(call, rest.slice('manifests/'.length));
    if (rest === 'blobs/uploads/') return this.#begin(call);
    if (rest.startsWith('blobs/uploads/')) return this.#upload(call, rest.slice('blobs/uploads/'.length));
    return this.#blob(call, rest.slice('blobs/'.length));
  }

  #blob({ method, repository, request }: Call, digest: string): Answer {
    const known =
      this.#store.find(repository)?.blobs.has(digest) === true ? this.#store.content.get(digest) : undefined;
    if (known === undefined) return errorAnswer(404, 'BLOB_UNKNOWN');
    if (method === 'DELETE') {
      this.#store.find(repository)?.blobs.delete(digest);
      return { status: 202 };
    }
    const headers = { 'docker-content-digest': digest, 'content-type': 'application/octet-stream' };
    if (method === 'HEAD') return { status: 200, headers, length: known.size };
    if (known.bytes === undefined) return errorAnswer(404, 'BLOB_UNKNOWN', 'this registry keeps no bytes');
    const range = /^bytes=(\d+)-(\d*)$/.exec(this.#features.ranges ? (request.headers.range ?? '') : '');
    if (range === null) return { status: 200, headers, body: known.bytes };
    const start = Number(range[1]);
    const end = range[2] === '' ? known.size : Math.min(Number(range[2]) + 1, known.size);
    if (start >= known.size) return errorAnswer(416, 'RANGE_INVALID');
    const contentRange = `bytes ${start}-${end - 1}/${known.size}`;
    return {
      status: 206,
      headers: { ...headers, 'content-range': contentRange },
      body: known.bytes.subarray(start, end),
    };
  }

  #begin({ repository, url, method }: Call): Answer {
    if (method !== 'POST') return errorAnswer(405, 'UNSUPPORTED');
    const [mount, from] = [url.searchParams.get('mount'), url.searchParams.get('from')];
    if (mount !== null && this.#features.mount && this.#store.find(from ?? '')?.blobs.has(mount) === true) {
      this.#store.open(repository).blobs.add(mount);
      return { status: 201, headers: { location: `/v2/${repository}/blobs/${mount}`, 'docker-content-digest': mount } };
    }
    return this.#standing(repository, this.#store.begin(repository), 202);
  }

  async #upload(call: Call, id: string): Promise<Answer> {
    const { method, repository } = call;
    const upload = this.#store.find(repository)?.uploads.get(id);
    if (upload === undefined) return errorAnswer(404, 'BLOB_UPLOAD_UNKNOWN');
    if (this.#features.signedState && stateOf(call.url) !== upload.size) return errorAnswer(404, 'BLOB_UPLOAD_INVALID');
    if (method === 'GET') return this.#standing(repository, upload, 204);
    if (method === 'PATCH') return this.#patch(call, upload);
    if (method === 'PUT') return this.#finish(call, upload);
    this.#store.find(repository)?.uploads.delete(id);
    return { status: 204 };
  }

  async #patch(call: Call, upload: PendingUpload): Promise<Answer> {
    if (!this.#features.patch) return errorAnswer(405, 'UNSUPPORTED');
    const before = upload.size;
    if (isLonger(call.request, this.#features.largestBody)) return tooLarge(call.request);
    const range = /^(\d+)-(\d+)$/.exec(call.request.headers['content-range'] ?? '');
    if (range !== null && Number(range[1]) !== before) return this.#standing(call.repository, upload, 416);
    if (!(await this.#take(call, upload))) return tooLarge(call.request);
    return this.#standing(call.repository, upload, 202);
  }

  async #finish(call: Call, upload: PendingUpload): Promise<Answer> {
    const { repository, url } = call;
    if (isLonger(call.request, this.#features.largestBody)) return tooLarge(call.request);
    if (!(await this.#take(call, upload))) return tooLarge(call.request);
    const expected = url.searchParams.get('digest') ?? '';
    if (!isDigest(expected)) return errorAnswer(400, 'DIGEST_INVALID');
    const digest = this.#store.finish(repository, upload, expected);
    if (digest !== expected) return errorAnswer(400, 'DIGEST_INVALID', `got ${digest}`);
    return { status: 201, headers: { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest } };
  }

  /** False for a body of unknown length that turned out too long: what limits it has passed nothing on. */
  async #take(call: Call, upload: PendingUpload): Promise<boolean> {
    const isLimited = this.#features.largestBody < Number.MAX_SAFE_INTEGER;
    const held: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of requestBody(call.request, call.fault)) {
      size += chunk.byteLength;
      if (size > this.#features.largestBody) return false;
      if (isLimited) held.push(chunk);
      else this.#store.append(upload, chunk);
    }
    for (const chunk of held) this.#store.append(upload, chunk);
    this.#firstChunk.set(upload.id, this.#firstChunk.get(upload.id) ?? upload.size);
    return true;
  }

  #standing(repository: string, upload: PendingUpload, status: number): Answer {
    return {
      status,
      headers: {
        // State in the query, as real registries have it: a client must follow the newest Location as it is.
        location: `/v2/${repository}/blobs/uploads/${upload.id}?_state=${upload.size}-%2B%3D`,
        range: `0-${Math.max(0, (this.#features.movingRange ? upload.size : (this.#firstChunk.get(upload.id) ?? 0)) - 1)}`,
        'docker-upload-uuid': upload.id,
        ...(this.#features.minChunk > 0 && { 'oci-chunk-min-length': String(this.#features.minChunk) }),
      },
    };
  }

  async #manifest(call: Call, reference: string): Promise<Answer> {
    const { method, repository } = call;
    if (method === 'PUT') return this.#put(call, reference);
    const known = this.#store.find(repository);
    const digest = isDigest(reference) ? reference : known?.tags.get(reference);
    const manifest = digest === undefined ? undefined : known?.manifests.get(digest);
    if (digest === undefined || manifest === undefined) return errorAnswer(404, 'MANIFEST_UNKNOWN');
    if (method === 'DELETE') return this.#delete(repository, reference);
    // As Harbor and distribution do it: a client that does not say what it reads gets nothing.
    if (call.request.headers.accept?.includes(manifest.mediaType) !== true) return errorAnswer(404, 'MANIFEST_UNKNOWN');
    const headers = { 'content-type': manifest.mediaType, 'docker-content-digest': digest };
    return { status: 200, headers, body: manifest.bytes };
  }

  async #put({ request, fault, repository }: Call, reference: string): Promise<Answer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of requestBody(request, fault)) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const digest = sha256(bytes);
    if (bytes.byteLength > 4 * 1024 * 1024) return errorAnswer(413, 'SIZE_INVALID');
    if (isDigest(reference) && reference !== digest) return errorAnswer(400, 'DIGEST_INVALID');
    const manifest = asObject(bytes);
    const missing = this.#store.missingOf(repository, manifest);
    if (missing !== undefined) return errorAnswer(400, 'MANIFEST_BLOB_UNKNOWN', missing);
    const kept = this.#store.open(repository);
    kept.manifests.set(digest, { bytes, mediaType: request.headers['content-type'] ?? '' });
    if (!isDigest(reference)) {
      if (this.#features.immutableTags && kept.tags.has(reference)) return errorAnswer(412, 'PRECONDITION');
      kept.tags.set(reference, digest);
      this.tagMoves.push({ repository, tag: reference, digest, complete: this.#store.gaps().length === 0 });
    }
    const subject = jsonField(manifest, 'subject');
    const named = subject !== undefined && this.#features.referrers;
    const subjectDigest = named ? (subject as { digest?: unknown }).digest : undefined;
    return {
      status: 201,
      headers: {
        location: `/v2/${repository}/manifests/${digest}`,
        'docker-content-digest': digest,
        ...(typeof subjectDigest === 'string' && { 'oci-subject': subjectDigest }),
      },
    };
  }

  #delete(repository: string, reference: string): Answer {
    const kept = this.#store.open(repository);
    if (!isDigest(reference)) {
      kept.tags.delete(reference);
      return { status: 202 };
    }
    kept.manifests.delete(reference);
    for (const [tag, digest] of kept.tags) if (digest === reference) kept.tags.delete(tag);
    return { status: 202 };
  }

  #tags({ repository, url }: Call): Answer {
    if (!this.#features.listTags) return errorAnswer(403, 'DENIED');
    const kept = this.#store.find(repository);
    if (kept === undefined) return errorAnswer(404, 'NAME_UNKNOWN');
    const after = url.searchParams.get('last') ?? '';
    const all = [...kept.tags.keys()].sort().filter((tag) => tag > after);
    const page = all.slice(0, this.#features.pageSize);
    const last = page.at(-1);
    const more = all.length > page.length && last !== undefined;
    const link = `</v2/${repository}/tags/list?n=${this.#features.pageSize}&last=${last}>; rel="next"`;
    return jsonAnswer({ name: repository, tags: page }, more ? { link } : {});
  }

  #referrers({ repository, url }: Call, digest: string): Answer {
    if (!this.#features.referrers) return errorAnswer(404, 'UNSUPPORTED');
    const wanted = url.searchParams.get('artifactType');
    const all = this.#store.referrers(repository, digest);
    const manifests = wanted === null ? all : all.filter((one) => jsonField(one, 'artifactType') === wanted);
    const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
    return jsonAnswer(index, { 'content-type': 'application/vnd.oci.image.index.v1+json' });
  }
}

/** The offset in the state of an upload's address. */
function stateOf(url: URL): number {
  return Number(/^(\d+)-/.exec(url.searchParams.get('_state') ?? '')?.[1]);
}

function isLonger(request: IncomingMessage, limit: number): boolean {
  return Number(request.headers['content-length'] ?? 0) > limit;
}

/** What a proxy says that knows nothing of registries. */
async function tooLarge(request: IncomingMessage): Promise<Answer> {
  request.resume();
  return { status: 413, headers: { 'content-type': 'text/html' }, body: Buffer.from('<h1>413</h1>') };
}
