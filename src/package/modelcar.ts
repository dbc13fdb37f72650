import { SlipwayError, type Digest } from '../core/index.js';
import type { Artifact, Layer } from '../registry/index.js';
import { orderedFiles } from './file-kind.js';
import { jsonBytes, requireDigests, sealManifest } from './manifest-bytes.js';
import { createdAt, manifestAnnotations, type PackOptions } from './format-options.js';
import { kindAnnotation, type PackagingFormat } from './packaging-format.js';
import { tarFile } from './tar-file.js';
import type { ModelVariant } from './variant.js';

const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar';

/** Layers of an image that has a shell, to put the model on top of. */
export interface BaseImage {
  /** `host/repository:tag` and digest: told as annotations, for scanners and for those who deploy. */
  readonly name?: string;
  readonly digest?: Digest;
  readonly layers: readonly Layer[];
  /** Uncompressed digest of each of its layers. */
  readonly diffIds: readonly Digest[];
  readonly architecture: string;
  /** The `config` object of its image config (environment, user, …). */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface ModelcarOptions extends PackOptions {
  /** Processor of the nodes that pull it (`amd64`, `arm64`): an image must name one. `amd64` unless given. */
  readonly architecture?: string | undefined;
  /** Without a base the image holds data only: good for image volumes and `oci+fetch`, not for KServe's sidecar, which needs a shell. */
  readonly base?: BaseImage | undefined;
}

/** An OCI image whose layers unpack to `/models`, one uncompressed layer a file: for KServe and for Kubernetes image volumes. */
export function modelcar(variant: ModelVariant, options: ModelcarOptions = {}): Artifact {
  const { base } = options;
  if (base !== undefined && base.layers.length !== base.diffIds.length) {
    throw new SlipwayError('USAGE', 'the base image has another number of layers than of diff ids', {
      got: `${base.layers.length} layers, ${base.diffIds.length} diff ids`,
    });
  }
  const own = orderedFiles(variant).map(({ kind, file }): Layer => ({
    file: tarFile(file, { folder: 'models' }),
    mediaType: LAYER_TYPE,
    annotations: kindAnnotation(kind),
  }));
  const layers = [...(base?.layers ?? []), ...own];
  return {
    format: 'modelcar',
    variant: variant.name,
    layers,
    seal: (digests) => {
      requireDigests(layers, digests);
      const diffIds = [...(base?.diffIds ?? []), ...digests.slice(base?.layers.length ?? 0)];
      return sealManifest(
        {
          config: { mediaType: CONFIG_TYPE, bytes: jsonBytes(imageConfig(variant, diffIds, options)) },
          layers,
          annotations: manifestAnnotations(variant.facts, {
            ...options,
            annotations: { ...baseAnnotations(base), ...options.annotations },
          }),
        },
        digests,
      );
    },
  };
}

/** What an image was put on (image-spec, annotations.md). */
function baseAnnotations(base: BaseImage | undefined): Readonly<Record<string, string>> {
  return {
    ...(base?.digest !== undefined && { 'org.opencontainers.image.base.digest': base.digest }),
    ...(base?.name !== undefined && { 'org.opencontainers.image.base.name': base.name }),
  };
}

function imageConfig(variant: ModelVariant, diffIds: readonly Digest[], options: ModelcarOptions): unknown {
  const created = createdAt(variant.facts, options);
  return {
    created,
    architecture: options.base?.architecture ?? options.architecture ?? 'amd64',
    os: 'linux',
    config: { ...options.base?.config, Labels: { 'org.opencontainers.image.title': variant.facts.name } },
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: diffIds.map(() => ({ created, created_by: 'slipway' })),
  };
}

/** The format's row: see `PackagingFormat`. */
export const modelcarFormat: PackagingFormat<'image'> = {
  description: 'an OCI image whose layers unpack to `/models`: KServe, image volumes of Kubernetes',
  recognise: ({ artifactType, config }) =>
    [artifactType ?? '', config.mediaType].some((type) =>
      /^application\/vnd\.(oci\.image\.config|docker\.container\.image)\.v1\+json$/.test(type),
    ),
  folder: 'models/',
  shapes: ['image'],
  shape: () => 'image',
  optionsKey: 'modelcar',
  pack: modelcar,
};
