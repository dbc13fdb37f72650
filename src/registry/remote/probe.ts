import { SlipwayError } from '../../core/index.js';
import { sha256 } from '../../files/index.js';
import { MEDIA_TYPES } from '../descriptor.js';
import { MANIFEST_ACCEPT } from '../manifest.js';
import type { Connection } from './connection.js';
import { nextLocation } from './upload-location.js';

/** What an account may do in a repository, and what its registry can. */
export interface RegistryAbilities {
  readonly pull: boolean;
  readonly push: boolean;
  /** It has the referrers API (distribution-spec v1.1), not only the fallback tag. */
  readonly referrers: boolean;
  /** It has given a blob of a repository to that repository. Where there was none to give this is not known. */
  readonly mount: boolean;
  /** Smallest chunk in the middle of a blob, bytes; 0 where it does not say. */
  readonly chunkMinimum: number;
}

/** Bytes of an answer that are looked at. */
const LONGEST_ANSWER = 64 * 1024;
/** The blob that most repositories have: OCI's empty JSON object. */
const EMPTY = sha256('{}');

/** Asks a repository for what a push and a pull ask for. An upload that is begun for this is deleted at once. */
export async function probeRegistry(connection: Connection, signal?: AbortSignal): Promise<RegistryAbilities> {
  const ask = async (
    method: string,
    to: string | URL,
    actions: string,
    mountFrom?: string,
  ): ReturnType<Connection['ask']> =>
    connection.ask({
      method,
      to,
      actions,
      mountFrom,
      expect: [200, 201, 202, 204, 400, 403, 404, 405],
      headers: { accept: MANIFEST_ACCEPT },
      doing: `use '${connection.repository}'`,
      redirect: 'manual',
      signal,
    });
  const head = await ask('HEAD', 'manifests/latest', 'pull');
  await head.discard();
  const from = connection.repository;
  const begun = await ask(
    'POST',
    `blobs/uploads/?mount=${encodeURIComponent(EMPTY)}&from=${from}`,
    'pull,push',
    from,
  ).catch((error: unknown) => {
    // An account that may read only is told so with 401 by registries of tokens.
    if (SlipwayError.is(error) && error.code === 'OCI_UNAUTHORIZED' && head.status < 400) return undefined;
    throw error;
  });
  await begun?.discard();
  const least = Number(begun?.headers.get('oci-chunk-min-length') ?? 0);
  if (begun?.status === 202)
    await (await ask('DELETE', nextLocation(begun), 'pull,push').catch(() => undefined))?.discard();
  const list = await ask('GET', `referrers/${EMPTY}`, 'pull').catch(() => undefined);
  await list?.discard();
  return {
    pull: head.status !== 403,
    push: begun?.status === 201 || begun?.status === 202,
    referrers: list?.status === 200,
    mount: begun?.status === 201,
    chunkMinimum: Number.isSafeInteger(least) ? least : 0,
  };
}

/**
 * Whether a registry has the referrers API, by one question that changes nothing; `undefined` where it cannot be told, as for a
 * repository that this account may not read.
 */
export async function hasReferrersApi(connection: Connection, signal?: AbortSignal): Promise<boolean | undefined> {
  const response = await connection.ask({
    method: 'GET',
    to: `referrers/${EMPTY}`,
    actions: 'pull',
    expect: [200, 400, 401, 403, 404, 405],
    headers: { accept: MEDIA_TYPES.index },
    doing: `ask what refers to a manifest in '${connection.repository}'`,
    signal,
  });
  const said = await response.bytes(LONGEST_ANSWER).catch(() => new Uint8Array(0));
  if (response.status === 200) return true;
  // Distribution answers 404 to an address that it does not know; a repository that is not there yet answers 404 with its own code.
  if (response.status === 404 && new TextDecoder().decode(said).includes('NAME_UNKNOWN')) return undefined;
  return response.status === 404 || response.status === 405 ? false : undefined;
}
