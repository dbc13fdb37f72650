import type { RequestBody } from '../../http/index.js';
import type { SoftStop } from './soft-stop.js';

/** What a stream holds, in one piece. */
export async function inOne(content: AsyncIterable<Uint8Array>): Promise<RequestBody> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  const [first] = chunks;
  return { kind: 'bytes', bytes: chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks) };
}

/** A body that ends in order, after the chunk that is under way, when the work is stopped. */
export async function* untilStopped(bytes: AsyncIterable<Uint8Array>, stop: SoftStop): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of bytes) {
      yield chunk;
      if (stop.isStopped) return;
    }
  } catch (error) {
    // The source was stopped, too.
    if (!stop.isStopped) throw error;
  }
}
