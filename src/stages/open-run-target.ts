import { join } from 'node:path';
import { requireSize, SlipwayError, type NetworkOptions, type RunContext } from '../core/index.js';
import { openLearntSizes, openTarget, openUploadMemory, type OpenedTarget } from '../registry/index.js';
import type { PushOptions } from './options/index.js';
import { httpOf, tellRetry } from './resources.js';

/** Opens a target with the run's connections and credentials. Retries of its requests are reported under `stage`. */
export function openRunTarget(
  address: string,
  context: RunContext,
  stage: string = 'push',
  network: NetworkOptions = context.network,
): OpenedTarget {
  const notes = context.store?.directory ?? context.notes;
  return openTarget(address, {
    http: httpOf(context, stage),
    onRetry: tellRetry(context, stage),
    env: context.env,
    network,
    credentials: context.credentials,
    // What a killed push had sent is found again; a run that may leave no trace starts its blob again.
    uploadMemory: notes === undefined ? undefined : openUploadMemory(join(notes, 'uploads')),
    learntSizes: notes === undefined ? undefined : openLearntSizes(join(notes, 'hosts')),
    onWarning: (message: string) => context.emit({ type: 'warning', code: 'REGISTRY_WARNING', message }),
  });
}

/** Opens where something is sent. Throws `USAGE` for an address with a digest: what is sent decides its own. */
export function openPushTarget(
  to: string,
  { chunkSize }: Pick<PushOptions, 'chunkSize'>,
  context: RunContext,
  stage: string,
): OpenedTarget {
  const network = chunkSize === undefined ? {} : { chunkSize: requireSize(chunkSize, 'chunkSize') };
  const opened = openRunTarget(to, context, stage, { ...context.network, ...network });
  if (opened.digest === undefined) return opened;
  throw new SlipwayError('USAGE', `'${to}' names a digest, and a ${stage} cannot choose one`, {
    try: to.slice(0, to.indexOf('@')),
  });
}
