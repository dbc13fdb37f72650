import { createHash, randomUUID, type Hash } from 'node:crypto';
import type { Digest } from '../core/index.js';
import { isJsonObject, jsonField, parseJson, sha256, type JsonObject, type JsonValue } from '../files/index.js';

/** A manifest as it was put. */
export interface KeptManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** An upload under way. */
export interface PendingUpload {
  readonly id: string;
  readonly hash: Hash;
  readonly chunks: Uint8Array[];
  size: number;
}

class Repository {
  readonly blobs: Set<string> = new Set();
  readonly manifests: Map<string, KeptManifest> = new Map();
  readonly tags: Map<string, Digest> = new Map();
  readonly uploads: Map<string, PendingUpload> = new Map();
}

/** What the registry holds: content once, and what each repository may see of it. */
export class RegistryStore {
  /** Sizes of all blobs, and their bytes unless those are thrown away. */
  readonly content: Map<string, { readonly size: number; readonly bytes: Uint8Array | undefined }> = new Map();
  readonly #repositories = new Map<string, Repository>();
  readonly #keepBytes: boolean;

  constructor(keepBytes: boolean) {
    this.#keepBytes = keepBytes;
  }

  find(name: string): Repository | undefined {
    return this.#repositories.get(name);
  }

  open(name: string): Repository {
    const repository = this.#repositories.get(name) ?? new Repository();
    this.#repositories.set(name, repository);
    return repository;
  }

  names(): readonly string[] {
    return [...this.#repositories.keys()];
  }

  begin(name: string): PendingUpload {
    const upload = { id: randomUUID(), hash: createHash('sha256'), chunks: [], size: 0 };
    this.open(name).uploads.set(upload.id, upload);
    return upload;
  }

  append(upload: PendingUpload, chunk: Uint8Array): void {
    upload.hash.update(chunk);
    upload.size += chunk.byteLength;
    // A copy: the server's buffers are used again.
    if (this.#keepBytes) upload.chunks.push(Uint8Array.from(chunk));
  }

  /** The digest of an upload; it becomes a blob only if that is the expected one. */
  finish(name: string, upload: PendingUpload, expected: string): Digest {
    const digest: Digest = `sha256:${upload.hash.copy().digest('hex')}`;
    if (digest !== expected) return digest;
    const bytes = this.#keepBytes ? Buffer.concat(upload.chunks) : undefined;
    this.content.set(digest, { size: upload.size, bytes });
    const repository = this.open(name);
    repository.blobs.add(digest);
    repository.uploads.delete(upload.id);
    return digest;
  }

  forgetUploads(): void {
    for (const repository of this.#repositories.values()) repository.uploads.clear();
  }

  /** The first digest that a manifest lists and the repository does not have. */
  missingOf(name: string, manifest: JsonObject): string | undefined {
    const repository = this.open(name);
    const blobs = [jsonField(manifest, 'config'), ...array(jsonField(manifest, 'layers'))].map(digestOf);
    const manifests = array(jsonField(manifest, 'manifests')).map(digestOf);
    return (
      blobs.find((digest) => digest !== undefined && !repository.blobs.has(digest)) ??
      manifests.find((digest) => digest !== undefined && !repository.manifests.has(digest))
    );
  }

  /** Descriptors of the manifests whose subject is `digest`. */
  referrers(name: string, digest: string): JsonObject[] {
    const found: JsonObject[] = [];
    for (const [own, { bytes, mediaType }] of this.find(name)?.manifests ?? []) {
      const manifest = asObject(bytes);
      if (digestOf(jsonField(manifest, 'subject')) !== digest) continue;
      const config = jsonField(manifest, 'config');
      const type =
        jsonField(manifest, 'artifactType') ?? (isJsonObject(config) ? jsonField(config, 'mediaType') : undefined);
      found.push({
        mediaType,
        digest: own,
        size: bytes.byteLength,
        ...(type !== undefined && { artifactType: type }),
        annotations: jsonField(manifest, 'annotations') ?? {},
      });
    }
    return found;
  }

  /** Everything that is wrong with what is held: a tag or manifest without its content, content that is not its digest. */
  problems(): string[] {
    const found = this.gaps();
    for (const [digest, { bytes }] of this.content) {
      if (bytes !== undefined && sha256(bytes) !== digest) found.push(`blob ${digest} holds other bytes`);
    }
    return found;
  }

  /** Tags and manifests whose content is not there. */
  gaps(): string[] {
    const found: string[] = [];
    for (const [name, repository] of this.#repositories) {
      for (const [digest, { bytes }] of repository.manifests) {
        const missing = this.missingOf(name, asObject(bytes));
        if (missing !== undefined) found.push(`${name}@${digest} lacks ${missing}`);
      }
      for (const [tag, digest] of repository.tags) {
        if (!repository.manifests.has(digest)) found.push(`${name}:${tag} points at nothing`);
      }
    }
    return found;
  }
}

/** JSON object of a manifest; an empty one for anything else. */
export function asObject(bytes: Uint8Array): JsonObject {
  try {
    const value = parseJson(new TextDecoder().decode(bytes), 'manifest');
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function array(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

function digestOf(value: JsonValue | undefined): string | undefined {
  const digest = isJsonObject(value) ? jsonField(value, 'digest') : undefined;
  return typeof digest === 'string' ? digest : undefined;
}
