import { isDigest, SlipwayError, type Digest, type RunContext } from '../../core/index.js';
import { isJsonObject, jsonField, parseJson, readText, type JsonObject, type JsonValue } from '../../files/index.js';
import type { BaseImage } from '../../package/index.js';
import {
  wantedReference,
  blobFile,
  parseManifest,
  type Descriptor,
  type Layer,
  type OpenedTarget,
} from '../../registry/index.js';
import { openRunTarget } from '../open-run-target.js';

const CONFIG_LIMIT = 4 * 1024 * 1024;
/** A base is a shell and a few tools. */
const LARGEST_BASE = 1024 * 1024 * 1024;
const DOCKER_LAYER = /^application\/vnd\.docker\.image\.rootfs\.diff\.tar(\.gzip)?$/;

/**
 * An image of a registry or layout as a base to put a model on: pinned by digest, its layers read when they are pushed, or
 * mounted where the registry is the same. Of an index the one for `architecture` is taken.
 * Throws `OCI_NOT_FOUND`, `FORMAT_UNSUPPORTED` for what is no image of Linux for that processor.
 */
export async function openBaseImage(reference: string, architecture: string, context: RunContext): Promise<BaseImage> {
  const opened = openRunTarget(reference, context, 'pack');
  const { target, tag } = opened;
  const wanted = await wantedReference(opened, context.signal);
  const { descriptor, manifest } = await imageManifest(target, wanted, architecture, context);
  const [configDescriptor, ...layers] = manifest;
  const config = configDescriptor === undefined ? undefined : await readConfig(target, configDescriptor, context);
  const diffIds = config === undefined ? [] : diffIdsOf(config);
  const size = layers.reduce((sum, layer) => sum + layer.size, 0);
  if (config === undefined || diffIds.length !== layers.length || size > LARGEST_BASE) {
    throw unfit(reference, `${layers.length} layers, ${diffIds.length} diff ids, ${size} bytes`);
  }
  const own = jsonField(config, 'architecture');
  if (jsonField(config, 'os') !== 'linux' || own !== architecture) {
    throw unfit(reference, `an image for another processor or system, needed is linux/${architecture}`);
  }
  const settings = jsonField(config, 'config');
  return {
    name: target.name + (tag === undefined ? '' : `:${tag}`),
    digest: descriptor.digest,
    architecture,
    diffIds,
    layers: layers.map((layer) => baseLayer(layer, target)),
    ...(isJsonObject(settings) && { config: settings }),
  };
}

function baseLayer(descriptor: Descriptor, target: OpenedTarget['target']): Layer {
  const { mediaType } = descriptor;
  const docker = DOCKER_LAYER.exec(mediaType);
  return {
    file: blobFile(target, descriptor, `base ${descriptor.digest.slice(7, 19)}`),
    mediaType:
      docker === null ? mediaType : `application/vnd.oci.image.layer.v1.tar${docker[1] === undefined ? '' : '+gzip'}`,
    annotations: {},
    from: target.name,
  };
}

interface FoundImage {
  readonly descriptor: Descriptor;
  /** Config, then layers. */
  readonly manifest: readonly Descriptor[];
}

async function imageManifest(
  target: OpenedTarget['target'],
  name: string,
  architecture: string,
  context: RunContext,
): Promise<FoundImage> {
  const outer = await target.readManifest(name, context.signal);
  const parsed = parseManifest(outer.bytes, name, outer.descriptor.mediaType);
  if (parsed.kind === 'manifest') return { descriptor: outer.descriptor, manifest: parsed.blobs };
  const child = parsed.manifests.find((one) => isFor(one, architecture));
  if (child === undefined) throw unfit(target.name, `an index without linux/${architecture}`);
  const inner = await target.readManifest(child.digest, context.signal);
  const { blobs } = parseManifest(inner.bytes, child.digest, inner.descriptor.mediaType);
  return { descriptor: inner.descriptor, manifest: blobs };
}

function isFor(descriptor: Descriptor, architecture: string): boolean {
  const { platform } = descriptor as Descriptor & {
    readonly platform?: { readonly os?: unknown; readonly architecture?: unknown };
  };
  return platform?.os === 'linux' && platform.architecture === architecture;
}

async function readConfig(
  target: OpenedTarget['target'],
  descriptor: Descriptor,
  { signal }: RunContext,
): Promise<JsonObject | undefined> {
  if (descriptor.size > CONFIG_LIMIT) return undefined;
  const value: JsonValue = parseJson(
    await readText(blobFile(target, descriptor, 'config'), CONFIG_LIMIT, signal),
    'config',
  );
  return isJsonObject(value) ? value : undefined;
}

function diffIdsOf(config: JsonObject): readonly Digest[] {
  const rootfs = jsonField(config, 'rootfs');
  const ids = isJsonObject(rootfs) ? jsonField(rootfs, 'diff_ids') : undefined;
  return Array.isArray(ids) ? (ids as readonly JsonValue[]).filter(isDigest) : [];
}

function unfit(reference: string, got: string): SlipwayError {
  return new SlipwayError('FORMAT_UNSUPPORTED', `'${reference}' cannot be the base of a modelcar`, {
    got,
    try: '--modelcar-base docker.io/library/busybox:musl',
  });
}
