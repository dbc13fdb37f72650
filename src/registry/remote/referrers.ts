import { SlipwayError, type Digest } from '../../core/index.js';
import { jsonField } from '../../files/index.js';
import { MEDIA_TYPES, type Descriptor } from '../descriptor.js';
import { list, parseManifest } from '../manifest.js';
import type { PartialListing } from '../target.js';
import type { Connection } from './connection.js';
import { pages } from './pages.js';
import { putManifest, readManifest } from './manifests.js';

const MOST_PAGES = 50;
const MOST_ENTRIES = 5000;
/** Referrers that are read to find out what they are. */
const MOST_READ = 100;

/**
 * Manifests whose `subject` is this digest: from the referrers API, or from the index under the fallback tag
 * (distribution-spec v1.1 "Listing Referrers") when the registry has no such API.
 */
export async function listReferrers(
  connection: Connection,
  digest: Digest,
  artifactType: string | undefined,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  const found =
    (await fromApi(connection, digest, artifactType, signal)) ?? (await fromTag(connection, digest, signal));
  if (artifactType === undefined) return found;
  const matching = found.filter((one) => one.artifactType === artifactType);
  return matching.length > 0 ? matching : fromManifests(connection, found, artifactType, signal);
}

/**
 * Some registries (go-containerregistry's) list the config's media type in place of the artifact's: before nothing is
 * said to match, the manifests themselves are read.
 */
async function fromManifests(
  connection: Connection,
  listed: readonly Descriptor[],
  artifactType: string,
  signal: AbortSignal | undefined,
): Promise<Descriptor[]> {
  const found: Descriptor[] = [];
  for (const entry of listed.slice(0, MOST_READ)) {
    const { descriptor, bytes } = await readManifest(connection, entry.digest, signal);
    if (descriptor.artifactType !== artifactType) continue;
    const { annotations } = parseManifest(bytes, entry.digest, descriptor.mediaType);
    found.push(Object.keys(annotations).length === 0 ? descriptor : { ...descriptor, annotations });
  }
  return found;
}

/**
 * As much of the listing as can be had: one that is too long, comes back to a page that was seen, or breaks off after its
 * first page yields what it had until then. Throws what the first page throws.
 */
export async function listReferrersSoFar(
  connection: Connection,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<PartialListing> {
  const found: Descriptor[] = [];
  try {
    const listed = await fromApi(connection, digest, undefined, signal, found);
    return { found: listed ?? (await fromTag(connection, digest, signal)) };
  } catch (error) {
    if (!SlipwayError.is(error) || found.length === 0) throw error;
    return { found: found.slice(0, MOST_ENTRIES), stopped: error };
  }
}

/** `undefined` when the registry has no referrers API. What is listed goes into `found`, page by page. */
async function fromApi(
  connection: Connection,
  digest: Digest,
  artifactType: string | undefined,
  signal: AbortSignal | undefined,
  found: Descriptor[] = [],
): Promise<Descriptor[] | undefined> {
  const query = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
  let count = 0;
  const ask = {
    method: 'GET',
    to: `referrers/${digest}${query}`,
    actions: 'pull',
    expect: [200, 404],
    headers: { accept: MEDIA_TYPES.index },
    doing: `list what refers to ${digest} in '${connection.repository}'`,
    signal,
  };
  for await (const { page } of pages(connection, ask)) {
    count++;
    found.push(...list(jsonField(page, 'manifests'), 'referrers'));
    if (count > MOST_PAGES || found.length > MOST_ENTRIES) throw tooMany(digest, found.length);
  }
  return count === 0 ? undefined : found;
}

async function fromTag(
  connection: Connection,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  try {
    const { bytes } = await readManifest(connection, fallbackTag(digest), signal);
    const { manifests } = parseManifest(bytes, fallbackTag(digest));
    if (manifests.length > MOST_ENTRIES) throw tooMany(digest, manifests.length);
    return manifests;
  } catch (error) {
    if (SlipwayError.is(error) && error.code === 'OCI_NOT_FOUND') return [];
    throw error;
  }
}

/**
 * Adds a referrer to the fallback tag's index, for registries without the API. Read, merged, written: two writers at
 * the same moment can lose one entry, which the specification accepts; the write is therefore checked and repeated.
 */
export async function addReferrer(
  connection: Connection,
  subject: Digest,
  referrer: Descriptor,
  signal: AbortSignal | undefined,
): Promise<void> {
  // A registry may have the API and not say so when a manifest is put (go-containerregistry's).
  const listed = await fromApi(connection, subject, undefined, signal);
  if (listed?.some((one) => one.digest === referrer.digest) === true) return;
  for (let attempt = 0; attempt < 3; attempt++) {
    const known = await fromTag(connection, subject, signal);
    if (known.some((one) => one.digest === referrer.digest)) return;
    const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: [...known, referrer] };
    const bytes = Buffer.from(JSON.stringify(index));
    await putManifest(connection, fallbackTag(subject), { bytes, mediaType: MEDIA_TYPES.index }, signal);
  }
}

/** `sha256-<hex>` (distribution-spec v1.1 "Referrers Tag Schema"). */
export function fallbackTag(digest: Digest): string {
  return digest.replace(':', '-');
}

function tooMany(digest: Digest, count: number): SlipwayError {
  return new SlipwayError('OCI_PROTOCOL', `too many referrers of '${digest}'`, {
    got: `${count}, limit ${MOST_ENTRIES}`,
  });
}
