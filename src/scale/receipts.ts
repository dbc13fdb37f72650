import { SlipwayError, type Digest } from '../core/index.js';
import { isJsonObject, jsonField, memoryFile, parseJson, readText, type JsonValue } from '../files/index.js';
import { MEDIA_TYPES, blobFile, type DeletableTarget, type Descriptor } from '../registry/index.js';
import type { ShardFile, ShardPlan } from './shard-plan.js';

/** What a part leaves in the repository for each file: a manifest that names the blob, so that no clean-up removes it. */
const RECEIPT_TYPE = 'application/vnd.slipway.shard.receipt.v1+json';
const LIMIT = 64 * 1024;

/** A file that a part has pushed. */
export interface Receipt {
  readonly digest: Digest;
  readonly size: number;
  /** Bytes of the source that were read for it. */
  readonly read: number;
  /** Of the receipt itself. */
  readonly manifest: Descriptor;
}

/** Tag of a file's receipt: the plan and the file's place in it. */
export function receiptTag(plan: ShardPlan, index: number): string {
  return `shard-${plan.digest.slice('sha256:'.length, 'sha256:'.length + 16)}-${index}`;
}

/** Leaves a receipt for a blob that is there. The same blob gives the same receipt. */
export async function writeReceipt(
  target: DeletableTarget,
  plan: ShardPlan,
  index: number,
  blob: { readonly digest: Digest; readonly size: number; readonly read: number },
  signal: AbortSignal,
): Promise<void> {
  const file = plan.files[index];
  const config = memoryFile(
    'receipt.json',
    JSON.stringify({
      plan: plan.digest,
      index,
      path: file?.path,
      digest: blob.digest,
      size: blob.size,
      read: blob.read,
    }),
  );
  const pushed = await target.pushBlob(config, { signal });
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    artifactType: RECEIPT_TYPE,
    config: { mediaType: RECEIPT_TYPE, digest: pushed.digest, size: pushed.size },
    layers: [
      {
        mediaType: 'application/octet-stream',
        digest: blob.digest,
        size: blob.size,
        annotations: { 'org.opencontainers.image.title': file?.path ?? '' },
      },
    ],
  };
  const descriptor = await target.pushManifest(
    new TextEncoder().encode(JSON.stringify(manifest)),
    MEDIA_TYPES.manifest,
    signal,
  );
  await target.tag(descriptor, receiptTag(plan, index), signal);
}

/** The receipt of a file, when there is one of this plan and its blob is there; else `undefined`. */
export async function readReceipt(
  target: DeletableTarget,
  plan: ShardPlan,
  index: number,
  signal: AbortSignal,
): Promise<Receipt | undefined> {
  try {
    const { descriptor, bytes } = await target.readManifest(receiptTag(plan, index), signal);
    const value = parseJson(new TextDecoder().decode(bytes), 'receipt');
    const config = isJsonObject(value) ? jsonField(value, 'config') : undefined;
    if (!isJsonObject(config)) return undefined;
    const file = blobFile(target, config as unknown as Descriptor, 'receipt');
    const receipt = parseJson(await readText(file, LIMIT, signal), 'receipt');
    const found = checked(receipt, plan, plan.files[index], index);
    if (found === undefined || !(await target.hasBlob(found.digest, signal))) return undefined;
    return { ...found, manifest: descriptor };
  } catch (error) {
    if (SlipwayError.is(error) && ['OCI_NOT_FOUND', 'NOT_FOUND'].includes(error.code)) return undefined;
    throw error;
  }
}

function checked(
  value: JsonValue,
  plan: ShardPlan,
  file: ShardFile | undefined,
  index: number,
): Omit<Receipt, 'manifest'> | undefined {
  if (!isJsonObject(value) || file === undefined) return undefined;
  const [digest, size, read] = [jsonField(value, 'digest'), jsonField(value, 'size'), jsonField(value, 'read')];
  const fits = jsonField(value, 'plan') === plan.digest && jsonField(value, 'index') === index && size === file.size;
  return fits ? { digest: digest as Digest, size: file.size, read: typeof read === 'number' ? read : 0 } : undefined;
}
