import { SlipwayError, throwIfAborted } from '../../core/index.js';
import { jsonField } from '../../files/index.js';
import { parseObject } from '../manifest.js';
import type { Connection } from './connection.js';

const LIMIT = 4 * 1024 * 1024;

/**
 * Whether a repository has any tag (distribution-spec v1.1 "Listing Tags"). True as well when it cannot be told: an account that may
 * only push, and a registry that lists no tags, give no answer.
 */
export async function hasTags(connection: Connection, signal: AbortSignal | undefined): Promise<boolean> {
  const to = 'tags/list?n=1';
  try {
    const response = await connection.ask({
      method: 'GET',
      to,
      // With the token of the push.
      actions: 'pull,push',
      expect: [200, 400, 401, 403, 404, 405, 500, 501],
      doing: `look for a tag in '${connection.repository}'`,
      signal,
    });
    if (response.status !== 200) {
      await response.discard();
      return response.status !== 404;
    }
    const tags = jsonField(parseObject(await response.bytes(LIMIT), to), 'tags');
    return Array.isArray(tags) && tags.length > 0;
  } catch (error) {
    throwIfAborted(signal);
    if (!SlipwayError.is(error)) throw error;
    return true;
  }
}
