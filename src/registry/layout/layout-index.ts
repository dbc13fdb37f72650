import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, readRegular, SlipwayError, type Digest } from '../../core/index.js';
import { jsonField, type JsonObject } from '../../files/index.js';
import { MEDIA_TYPES, type Descriptor } from '../descriptor.js';
import { list, parseObject } from '../manifest.js';
import { withLock, type HeldLock } from './directory-lock.js';
import { STAGING, writeDurably } from './durable-file.js';
import type { IndexEdit, IndexUpdate } from './layout-storage.js';

export const INDEX_LIMIT: number = 64 * 1024 * 1024;
/** Annotation under which an image layout keeps a tag (image-spec v1.1, annotations.md). */
export const REF_NAME = 'org.opencontainers.image.ref.name';

export const LAYOUT_FILE = 'oci-layout';
export const LAYOUT = '{"imageLayoutVersion":"1.0.0"}';

/** `index.json` of an image layout: which manifests it has and what they are called. */
export class LayoutIndex {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** What the index lists; nothing when there is no layout yet. Throws `MANIFEST_INVALID` for one that is damaged. */
  async read(): Promise<readonly Descriptor[]> {
    const object = await this.#readObject();
    return object === undefined ? [] : list(jsonField(object, 'manifests'), this.#path);
  }

  /**
   * Changes the list while no other writer does. Fields of the index that are not ours stay as they are.
   * The layout is created when it is not there. `before` is asked under the lock: what it finds still holds when the list
   * is written.
   */
  async update(edit: IndexEdit, { signal, before }: IndexUpdate = {}): Promise<void> {
    await this.locked(async (lock) => {
      await this.#ensureLayout();
      await before?.();
      const edited = editedIndex(await this.#readObject(), this.#path, edit);
      if (edited !== undefined) await this.#write(edited, lock);
    }, signal);
  }

  /** Runs `work` while no other writer changes the index. */
  async locked<T>(work: (lock: HeldLock) => Promise<T>, signal?: AbortSignal): Promise<T> {
    await mkdir(this.#root, { recursive: true });
    return withLock(join(this.#root, 'index.json.lock'), join(this.#root, STAGING), work, signal);
  }

  get #path(): string {
    return join(this.#root, 'index.json');
  }

  async #ensureLayout(): Promise<void> {
    const path = join(this.#root, LAYOUT_FILE);
    if (await isAbsent(path)) await writeDurably(this.#root, once(LAYOUT), () => path);
  }

  async #readObject(): Promise<JsonObject | undefined> {
    let bytes: Uint8Array;
    try {
      bytes = await readRegular(this.#path, INDEX_LIMIT);
    } catch (error) {
      // A link that leads nowhere is no reason to begin a new index.
      if (await isAbsent(this.#path)) return undefined;
      if (!SlipwayError.is(error) || error.code !== 'SIZE_MISMATCH') throw error;
      throw new SlipwayError('MANIFEST_INVALID', `'${this.#path}' is too large`, { cause: error });
    }
    return parseObject(bytes, this.#path);
  }

  async #write(object: JsonObject, lock: HeldLock): Promise<void> {
    const content = once(indexText(object));
    const whenHeld = async (): Promise<string> => {
      await lock.assertHeld();
      return this.#path;
    };
    try {
      await writeDurably(this.#root, content, whenHeld, { size: 0 }, lock.staged);
    } catch (error) {
      // The process that took the lock over has taken the file away, too.
      await lock.assertHeld();
      throw error;
    }
  }
}

/** The index with another list, or `undefined` when the list stays. `object` is `undefined` where there is no index yet. */
export function editedIndex(object: JsonObject | undefined, place: string, edit: IndexEdit): JsonObject | undefined {
  const before = object ?? { schemaVersion: 2, mediaType: MEDIA_TYPES.index };
  const listed = list(jsonField(before, 'manifests'), place);
  const manifests = edit(listed);
  return manifests === listed ? undefined : { ...before, manifests: manifests as unknown as JsonObject[] };
}

export function indexText(object: JsonObject): string {
  return JSON.stringify(object, undefined, 2);
}

async function isAbsent(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return false;
  } catch (error) {
    return isMissing(error);
  }
}

/** The list with `tag` pointing at `descriptor` and nowhere else. */
export function withTag(manifests: readonly Descriptor[], descriptor: Descriptor, tag: string): readonly Descriptor[] {
  const named = { ...plain(descriptor), annotations: { ...descriptor.annotations, [REF_NAME]: tag } };
  // An entry without a name for the same manifest is not needed any more: the named one holds it.
  const rest = manifests.filter(
    (one) => tagOf(one) !== tag && !(one.digest === descriptor.digest && tagOf(one) === undefined),
  );
  return [...rest, named];
}

/** The list with a manifest that has no tag (yet); without its own children, which it holds from now on. */
export function withManifest(
  manifests: readonly Descriptor[],
  descriptor: Descriptor,
  children: readonly Digest[],
): readonly Descriptor[] {
  const held = new Set<string>(children);
  const rest = manifests.filter((one) => tagOf(one) !== undefined || !held.has(one.digest));
  if (rest.some((one) => one.digest === descriptor.digest)) return rest.length === manifests.length ? manifests : rest;
  return [...rest, plain(descriptor)];
}

export function tagOf(descriptor: Descriptor): string | undefined {
  return descriptor.annotations?.[REF_NAME];
}

function plain({ mediaType, digest, size, artifactType }: Descriptor): Descriptor {
  return { mediaType, digest, size, ...(artifactType !== undefined && { artifactType }) };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
