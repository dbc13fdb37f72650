import { isDigest, type BlobStore, type Digest, type RunContext } from '../../core/index.js';
import { sha256 } from '../../files/index.js';
import { findReference, type OpenedTarget } from '../../registry/index.js';
import { fingerprintOf } from '../fingerprint.js';
import type { PushOptions } from '../options/index.js';
import type { PackedModel, PushedArtifact } from '../packaging/packed-model.js';
import { indexTagsOf, tagsOf } from './push-tags.js';

type Target = OpenedTarget['target'];

/**
 * What an earlier push of the same input made, by the fingerprint of the input, the target and the tags. Only with a
 * store that keeps records, and for a model that has a fingerprint.
 */
export class PushRecord {
  readonly #store: BlobStore;
  readonly #key: Digest;
  readonly #target: Target;
  readonly #tags: readonly (readonly string[])[];

  private constructor(store: BlobStore, key: Digest, target: Target, tags: readonly (readonly string[])[]) {
    this.#store = store;
    this.#key = key;
    this.#target = target;
    this.#tags = tags;
  }

  /** `tags` are those that each artifact and index will get, in their order. */
  static of(
    model: PackedModel,
    target: Target,
    tags: readonly (readonly string[])[],
    context: RunContext,
  ): PushRecord | undefined {
    const { store } = context;
    const fingerprint = fingerprintOf(model);
    if (store?.readRecord === undefined || fingerprint === undefined) return undefined;
    const key = sha256(JSON.stringify(['push', fingerprint, target.name, tags]));
    return new PushRecord(store, key, target, tags);
  }

  /** What is there already: every manifest under every tag, as the record says; else `undefined`. */
  async unchanged(signal: AbortSignal): Promise<readonly PushedArtifact[] | undefined> {
    const text = await this.#store.readRecord?.(this.#key);
    const artifacts = text === undefined ? undefined : parseRecord(text, this.#tags);
    if (artifacts === undefined) return undefined;
    for (const { digest, tags } of artifacts) {
      for (const reference of tags.length === 0 ? [digest] : tags) {
        if ((await findReference(this.#target, reference, signal))?.digest !== digest) return undefined;
      }
      // A registry answers for what it has; what lies in a directory is looked at.
      if (this.#target.host === undefined && !(await this.#target.hasManifest(digest, signal))) return undefined;
    }
    return artifacts;
  }

  async keep(artifacts: readonly PushedArtifact[]): Promise<void> {
    await this.#store.writeRecord?.(this.#key, `${JSON.stringify({ v: 2, artifacts }, undefined, 2)}\n`);
  }
}

/** A record that is not what was written is none: it lies on a disk that others may write to. */
function parseRecord(text: string, tags: readonly (readonly string[])[]): readonly PushedArtifact[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { v, artifacts } = (value ?? {}) as { v?: unknown; artifacts?: unknown };
  // The first version also kept what only an annotation had said.
  if (v !== 2 || !Array.isArray(artifacts) || artifacts.length !== tags.length) return undefined;
  const isWhole = artifacts.every((one, index) => isPushed(one, tags[index] ?? []));
  return isWhole ? (artifacts as readonly PushedArtifact[]) : undefined;
}

function isPushed(value: unknown, tags: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const one = value as Partial<Record<keyof PushedArtifact, unknown>>;
  const texts = [one.reference, one.mediaType, one.variant ?? ''];
  return (
    isDigest(one.digest) &&
    texts.every((text) => typeof text === 'string') &&
    Number.isSafeInteger(one.size) &&
    JSON.stringify(one.tags) === JSON.stringify(tags)
  );
}

/** What is known of an earlier push of the same: see {@link PushRecord}. */
export function recordOf(
  input: PackedModel,
  target: OpenedTarget['target'],
  options: PushOptions,
  context: RunContext,
): PushRecord | undefined {
  const tags = [
    ...input.artifacts.map((artifact) => tagsOf(input, artifact, options)),
    ...(input.indexes ?? []).map((index) => indexTagsOf(input, index, options)),
  ];
  return PushRecord.of(input, target, tags, context);
}
