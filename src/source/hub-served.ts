import { SlipwayError } from '../core/index.js';
import type { HubEntry, HubRevision } from './hub-client.js';

/** The Hub's own word on what it is about to send must agree with what was pinned and listed. */
export async function requireListed(
  response: Response,
  address: URL,
  revision: HubRevision,
  entry: HubEntry,
): Promise<void> {
  const { announced, path, size } = entry;
  const commit = response.headers.get('x-repo-commit');
  const linkedSize = response.headers.get('x-linked-size');
  const linked = response.headers.get('x-linked-etag')?.replace(/^(W\/)?"(.*)"$/, '$2');
  const expected = announced !== undefined && 'sha256' in announced ? announced.sha256.slice(7) : undefined;
  const differs =
    commit !== null && commit !== revision.commit
      ? ['commit', commit, revision.commit]
      : linkedSize !== null && Number(linkedSize) !== size
        ? ['size', linkedSize, String(size)]
        : linked !== undefined && expected !== undefined && /^[0-9a-f]{64}$/.test(linked) && linked !== expected
          ? ['sha256', linked, expected]
          : undefined;
  if (differs === undefined) return;
  await response.body?.cancel();
  const [what = '', actual = '', wanted = ''] = differs;
  throw new SlipwayError('DIGEST_MISMATCH', `the Hub serves another '${path}' than the one that was listed`, {
    where: address.href,
    got: `${what} ${actual.slice(0, 80)}, expected ${wanted}`,
    context: { what, actual: actual.slice(0, 80), expected: wanted },
    try: 'run again; with a mirror in HF_ENDPOINT, without it',
  });
}
