import { STATEMENT_MEDIA_TYPE } from '../../evaluate/index.js';
import { sha256, memoryFile } from '../../files/index.js';
import { MEDIA_TYPES, type Descriptor, type Target } from '../../registry/index.js';
import type { Digest, RunContext } from '../../core/index.js';
import type { PackedModel } from '../packaging/packed-model.js';

const EMPTY = new TextEncoder().encode('{}');

/**
 * Attaches what is said about each variant to the artifacts that it became: unsigned in-toto statements whose subject is
 * the manifest, as referrers, before a tag names it. The same statement is the same manifest: attaching it again changes nothing.
 */
export async function attachStatements(
  packed: PackedModel,
  stored: readonly { readonly variant?: string | undefined; readonly digest: Digest }[],
  target: Target,
  { signal }: RunContext,
): Promise<readonly Descriptor[]> {
  const attached: Descriptor[] = [];
  // A stage that attests signs them itself.
  if ((packed.attachments ?? []).some(({ stage }) => stage === 'attest')) return attached;
  for (const artifact of stored) {
    const variant = (packed.variants ?? []).find(({ name }) => name === artifact.variant);
    for (const { predicateType, predicate } of variant?.statements ?? []) {
      const subject = await target.resolve(artifact.digest, signal);
      const statement = JSON.stringify({
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ name: target.name, digest: { sha256: artifact.digest.replace(/^sha256:/, '') } }],
        predicateType,
        predicate,
      });
      attached.push(await attach(new TextEncoder().encode(statement), predicateType, subject, target, signal));
    }
  }
  return attached;
}

async function attach(
  statement: Uint8Array,
  predicateType: string,
  subject: Descriptor,
  target: Target,
  signal: AbortSignal,
): Promise<Descriptor> {
  const layer = { mediaType: STATEMENT_MEDIA_TYPE, digest: sha256(statement), size: statement.length };
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256(EMPTY), size: EMPTY.length };
  for (const [bytes, { digest }] of [
    [EMPTY, config],
    [statement, layer],
  ] as const) {
    await target.pushBlob({ ...memoryFile(digest, bytes), digest }, { signal });
  }
  const { mediaType, digest, size } = subject;
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    artifactType: STATEMENT_MEDIA_TYPE,
    config,
    layers: [{ ...layer, annotations: { 'in-toto.io/predicate-type': predicateType } }],
    subject: { mediaType, digest, size },
    annotations: { 'in-toto.io/predicate-type': predicateType },
  };
  return target.pushManifest(new TextEncoder().encode(JSON.stringify(manifest)), MEDIA_TYPES.manifest, signal);
}
