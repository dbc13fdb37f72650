import type { ClusterAnswer, ClusterConnection } from './cluster-connection.js';
import { listOf, textOf } from './fields.js';

/** Why something could not be read, in the server's words. */
export function reasonOf({ status, body }: ClusterAnswer): string {
  return textOf(body, 'message') ?? `status ${status}`;
}

/** Kinds of one group and version. */
export async function kindsOf(
  connection: ClusterConnection,
  apiVersion: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const answer = await connection.request({ method: 'GET', path: `/apis/${apiVersion}`, signal });
  if (answer.status !== 200) return [];
  const kinds = listOf(answer.body, 'resources').map((row) => textOf(row, 'kind') ?? '');
  return [...new Set(kinds)].sort();
}
