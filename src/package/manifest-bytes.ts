import { SlipwayError, type Digest } from '../core/index.js';
import { sha256 } from '../files/index.js';
import type { Descriptor, Layer, SealedArtifact } from '../registry/index.js';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** JSON in the order in which it was built, without insignificant white space and without undefined members. */
export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** What a manifest says beside its layers. */
export interface ManifestParts {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config: { readonly mediaType: string; readonly bytes: Uint8Array };
  readonly layers: readonly Layer[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** Builds the manifest of layers whose digests are known. */
export function sealManifest(parts: ManifestParts, digests: readonly Digest[]): SealedArtifact {
  const mediaType = parts.mediaType ?? OCI_MANIFEST;
  const manifest = {
    schemaVersion: 2,
    mediaType,
    artifactType: parts.artifactType,
    config: {
      mediaType: parts.config.mediaType,
      digest: sha256(parts.config.bytes),
      size: parts.config.bytes.byteLength,
    },
    layers: layerDescriptors(parts.layers, digests),
    annotations: Object.keys(parts.annotations).length === 0 ? undefined : parts.annotations,
  };
  return {
    config: parts.config,
    manifest: {
      mediaType,
      bytes: jsonBytes(manifest),
      ...(parts.artifactType === undefined ? {} : { artifactType: parts.artifactType }),
    },
  };
}

function layerDescriptors(layers: readonly Layer[], digests: readonly Digest[]): Descriptor[] {
  requireDigests(layers, digests);
  return layers.map((layer, index) => ({
    mediaType: layer.mediaType,
    digest: digests[index] ?? missingDigest(index),
    size: layer.file.size,
    ...(Object.keys(layer.annotations).length === 0 ? {} : { annotations: layer.annotations }),
  }));
}

/** Throws when a seal is asked for with other digests than the layers need. */
export function requireDigests(layers: readonly Layer[], digests: readonly Digest[]): void {
  if (layers.length === digests.length) return;
  throw new SlipwayError('INTERNAL', 'an artifact was sealed with another number of digests than it has layers', {
    got: `${digests.length} digests, ${layers.length} layers`,
  });
}

function missingDigest(index: number): never {
  throw new SlipwayError('INTERNAL', `layer ${index} has no digest`);
}
