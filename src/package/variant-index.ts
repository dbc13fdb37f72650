import { comparePaths, sha256 } from '../files/index.js';
import type { Descriptor } from '../registry/index.js';
import { jsonBytes } from './manifest-bytes.js';
import { manifestAnnotations, sortedAnnotations, type PackOptions } from './format-options.js';
import { parameterSize } from './parameter-size.js';
import type { ModelVariant } from './variant.js';

const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

/** Annotations of an index's members by which a client chooses without reading their manifests. */
export const VARIANT_ANNOTATIONS = {
  /** Unique in the index: `Q4_K_M`, `F16`, `safetensors`. */
  name: 'dev.slipway.variant',
  format: 'dev.slipway.format',
  quantization: 'dev.slipway.quantization',
  /** Bytes of all weight files together. */
  weightBytes: 'dev.slipway.weight.bytes',
  parameters: 'dev.slipway.parameters',
} as const;

/** One quantization, already pushed. */
export interface IndexMember {
  readonly variant: ModelVariant;
  /** Descriptor of its manifest. */
  readonly descriptor: Descriptor;
  /** `image` members are chosen by platform by those who run images. */
  readonly platform?: { readonly architecture: string; readonly os: string };
}

export interface SealedIndex {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly bytes: Uint8Array;
  readonly descriptor: Descriptor;
}

/**
 * One OCI index over all quantizations of a model, smallest first. The artifact type is the members' own when they
 * agree, which is how Harbor recognises the index as a model.
 */
export function variantIndex(members: readonly IndexMember[], options: PackOptions = {}): SealedIndex {
  const sorted = [...members].sort(
    (a, b) => weightBytes(a.variant) - weightBytes(b.variant) || comparePaths(a.variant.name, b.variant.name),
  );
  const types = new Set(sorted.map(({ descriptor }) => descriptor.artifactType));
  const [artifactType] = types.size === 1 ? types : [undefined];
  const facts = sorted[0]?.variant.facts;
  const bytes = jsonBytes({
    schemaVersion: 2,
    mediaType: INDEX_TYPE,
    artifactType,
    manifests: sorted.map(memberDescriptor),
    annotations: facts === undefined ? undefined : manifestAnnotations(facts, options),
  });
  return {
    mediaType: INDEX_TYPE,
    ...(artifactType === undefined ? {} : { artifactType }),
    bytes,
    descriptor: {
      mediaType: INDEX_TYPE,
      digest: sha256(bytes),
      size: bytes.byteLength,
      ...(artifactType === undefined ? {} : { artifactType }),
    },
  };
}

function memberDescriptor({ variant, descriptor, platform }: IndexMember): Descriptor {
  const { facts } = variant;
  return {
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    ...(platform === undefined ? {} : { platform }),
    ...(descriptor.artifactType === undefined ? {} : { artifactType: descriptor.artifactType }),
    annotations: sortedAnnotations({
      [VARIANT_ANNOTATIONS.name]: variant.name,
      [VARIANT_ANNOTATIONS.format]: facts.format,
      [VARIANT_ANNOTATIONS.quantization]: facts.quantization,
      [VARIANT_ANNOTATIONS.weightBytes]: String(weightBytes(variant)),
      [VARIANT_ANNOTATIONS.parameters]: facts.parameters === undefined ? undefined : parameterSize(facts.parameters),
    }),
  };
}

function weightBytes(variant: ModelVariant): number {
  return variant.weights.reduce((sum, file) => sum + file.size, 0);
}
