import type { RunContext } from '../core/index.js';
import { createHttpClient, type HttpClient } from '../http/index.js';
import { createEncoderPool, type RowEncoder } from '../quantize/index.js';

/** Which implementation encodes rows; `native` is the llama.cpp that `SLIPWAY_LLAMA_CPP` names, and never `auto`'s choice. */
export type Kernel = 'auto' | 'wasm' | 'js' | 'native';

const clients = new WeakMap<RunContext, HttpClient>();
const encoders = new WeakMap<RunContext, Map<Kernel, RowEncoder>>();

/** The run's one HTTP client; it is closed when the run ends. */
export function httpOf(context: RunContext): HttpClient {
  const present = clients.get(context);
  if (present !== undefined) return present;
  const client = createHttpClient({
    ...context.network,
    env: context.env,
    onRetry: ({ url, attempt, of, delayMs, reason }) =>
      context.emit({
        type: 'retry',
        stage: 'http',
        id: url,
        attempt,
        of,
        delayMs,
        code: 'NET_UNREACHABLE',
        message: reason,
      }),
  });
  clients.set(context, client);
  context.defer(async () => client.close());
  return client;
}

/** The run's worker pool for a kernel; its threads end with the run. */
export function encoderOf(context: RunContext, kernel: Kernel = 'auto'): RowEncoder {
  const pools = encoders.get(context) ?? new Map<Kernel, RowEncoder>();
  encoders.set(context, pools);
  const present = pools.get(kernel);
  if (present !== undefined) return present;
  const pool = createEncoderPool({ threads: context.limits.threads, kernel, env: context.env });
  pools.set(kernel, pool);
  context.defer(async () => pool.close());
  return pool;
}
