import { SlipwayError } from '../core/index.js';

/** Below how many bytes a second, for how long, a transfer counts as stalled. */
export interface LowSpeed {
  readonly bytesPerSecond: number;
  readonly seconds: number;
}

/** As curl's and git's own defaults are meant: slower than a modem for a minute is no transfer. */
export const LOW_SPEED: LowSpeed = { bytesPerSecond: 1000, seconds: 60 };

/**
 * The limits that the environment asks for: `PIPELINE_LOW_SPEED_LIMIT` (bytes a second, 0 for none) and
 * `PIPELINE_LOW_SPEED_TIME` (seconds).
 */
export function lowSpeedOf(env: Readonly<Record<string, string | undefined>> = {}): LowSpeed {
  return {
    bytesPerSecond: numberOf('PIPELINE_LOW_SPEED_LIMIT', env, LOW_SPEED.bytesPerSecond),
    seconds: Math.max(1, numberOf('PIPELINE_LOW_SPEED_TIME', env, LOW_SPEED.seconds)),
  };
}

function numberOf(name: string, env: Readonly<Record<string, string | undefined>>, fallback: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new SlipwayError('USAGE', `the environment variable ${name} cannot be understood`, {
    got: `'${text.slice(0, 40)}', a whole number is expected`,
  });
}

/**
 * Passes a body on and ends it when it is too slow. Only the time counts in which the reader waits for the sender: a reader
 * may be as slow as it likes. Throws `NET_TIMEOUT`.
 */
export async function* notStalled(
  body: AsyncIterable<Uint8Array>,
  { bytesPerSecond, seconds }: LowSpeed,
  where: string,
): AsyncGenerator<Uint8Array> {
  if (bytesPerSecond === 0) {
    yield* body;
    return;
  }
  let [waited, bytes] = [0, 0];
  let asked = performance.now();
  for await (const chunk of body) {
    waited += performance.now() - asked;
    bytes += chunk.byteLength;
    if (waited >= seconds * 1000) {
      const rate = Math.round((bytes / waited) * 1000);
      if (rate < bytesPerSecond) throw stalled(where, rate, { bytesPerSecond, seconds });
      [waited, bytes] = [0, 0];
    }
    yield chunk;
    asked = performance.now();
  }
}

function stalled(where: string, rate: number, { bytesPerSecond, seconds }: LowSpeed): SlipwayError {
  return new SlipwayError('NET_TIMEOUT', 'a transfer stalled: the server sends too slowly', {
    where,
    got: `${rate} bytes a second over ${seconds} s, at least ${bytesPerSecond} expected`,
    context: { rate, bytesPerSecond, seconds, stalled: true },
    try: ['run again later', 'PIPELINE_LOW_SPEED_LIMIT=0   (waits for however slow a server)'],
    retryable: true,
  });
}

/** Fires when headers have not all come in time: a server that sends a line a second keeps every other clock going. */
export function headersDeadline(ms: number, onLate: (error: Error) => void): () => void {
  const timer = setTimeout(
    () => onLate(Object.assign(new Error('headers came too slowly'), { code: 'UND_ERR_HEADERS_TIMEOUT' })),
    ms,
  );
  timer.unref();
  return () => clearTimeout(timer);
}
