import {
  SlipwayError,
  type BlobStore,
  type ByteRange,
  type Digest,
  type RunContext,
  type StorableFile,
} from '../core/index.js';
import { checkedRange, readRange, type ModelFile } from '../files/index.js';
import { confirmPeeked, type HeaderPeeks, type Peeked } from './header-peeks.js';
import { startItem, watched } from './items.js';

/** Times that one reading may find its blob changed on the disk: a disk that does it again and again is broken. */
const MOST_REPAIRS = 3;

/**
 * A file that is fetched into the store, whole and verified, when its first byte is asked for. A blob that changed on the
 * disk since is fetched again, and the reading goes on: what it gave before was checked.
 */
export function storedFile(file: ModelFile, context: RunContext, peeks: HeaderPeeks): ModelFile {
  const { path, size, digest } = file;
  const { store } = context;
  if (digest === undefined || store === undefined) return watched(file, 'download', context);
  const source: StorableFile = {
    path,
    size,
    digest,
    read: (range, stop, hints) => (file.unchecked ?? file).read(range, stop, hints),
  };
  let present: Promise<void> | undefined;
  const peeked: Peeked[] = [];
  const fetch = async (signal: AbortSignal | undefined): Promise<void> => {
    await fetchInto(store, source, context, signal);
    const whole: ModelFile = { path, size, read: (range, stop) => store.read(digest, range, stop) };
    await confirmPeeked(path, peeked, async (range) => readRange(whole, range, signal));
  };
  const fetchOnce = (signal: AbortSignal | undefined): Promise<void> => {
    const mine = (present ??= fetch(signal).catch((error: unknown) => {
      if (present === mine) present = undefined;
      throw error;
    }));
    return mine;
  };
  const peek = async (range: ByteRange, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> => {
    if (present !== undefined || !peeks.isWorth(size) || (await store.stat(digest)) === size) return undefined;
    const header = await peeks.read(file.unchecked ?? file, range, fetchOnce, signal ?? context.signal);
    peeked.push(header.peeked);
    return header.bytes;
  };
  return {
    path,
    size,
    digest,
    async *read(range, signal, hints) {
      let { start: at, end } = checkedRange(path, size, range);
      const header = hints?.head === true ? await peek({ start: at, end }, signal) : undefined;
      if (header !== undefined) {
        yield header;
        return;
      }
      // A weight is wanted, not only what the file says of itself.
      if (peeked.length > 0 && hints?.head !== true) peeks.fetchAll();
      for (let repairs = 0; ; repairs++) {
        const fetched = fetchOnce(signal ?? context.signal);
        await fetched;
        try {
          for await (const chunk of store.read(digest, { start: at, end }, signal, hints)) {
            at += chunk.byteLength;
            yield chunk;
          }
          return;
        } catch (error) {
          const lost = lostBlob(error, digest);
          if (lost === undefined || repairs >= MOST_REPAIRS) throw error;
          context.emit({ type: 'warning', code: 'STORE_DAMAGED', message: `'${path}' ${lost}; it is fetched again` });
          if (present === fetched) present = undefined;
        }
      }
    },
  };
}

/** In words, what happened to the blob when the store no longer has it as it was; else `undefined`. */
function lostBlob(error: unknown, digest: Digest): string | undefined {
  if (!SlipwayError.is(error)) return undefined;
  const aside = error.details.context?.['setAside'];
  if (error.code === 'DIGEST_MISMATCH' && typeof aside === 'string') {
    return `had changed in the store (${digest}, set aside as ${aside})`;
  }
  // Another run has found the damage first, or has emptied the store.
  return error.code === 'NOT_FOUND' ? `was no longer in the store (${digest})` : undefined;
}

async function fetchInto(
  store: BlobStore,
  file: StorableFile,
  context: RunContext,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { path, size, digest } = file;
  if ((await store.stat(digest)) === size) {
    context.emit({ type: 'item.skip', stage: 'download', id: path, name: path, total: size, reason: 'cached' });
    return;
  }
  const item = startItem(context, 'download', path, size);
  await store.ensure(file, signal, item.progress);
  item.end({ digest });
}
