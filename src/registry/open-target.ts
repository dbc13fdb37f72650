import { type LayoutTarget, openArchive, openLayout } from './layout/layout-target.js';
import { recognisedAddress } from './local-place.js';
import { parseReference, type Reference } from './reference.js';
import { openRegistry, type RegistryOptions } from './remote/open-registry.js';
import type { RegistryTarget } from './remote/registry-target.js';

/** What an address leads to: the repository, and which of its manifests was meant. */
export interface OpenedTarget {
  readonly target: RegistryTarget | LayoutTarget;
  readonly tag?: string;
  readonly digest?: `sha256:${string}`;
}

/**
 * Opens `host/repository[:tag][@digest]`, `layout:directory[:tag]` or `oci-archive:file.tar[:tag]`. Nothing is read or sent yet.
 * Throws `USAGE`.
 */
export function openTarget(address: string, options: RegistryOptions = {}): OpenedTarget {
  const reference = parseReference(recognisedAddress(address));
  const { tag, digest } = reference;
  return {
    target: targetOf(reference, options),
    tag,
    digest,
  };
}

function targetOf(reference: Reference, options: RegistryOptions): OpenedTarget['target'] {
  if (reference.kind === 'layout') return openLayout(reference.directory);
  return reference.kind === 'archive' ? openArchive(reference.file) : openRegistry(reference, options);
}

/** What an address means in its target: the digest or tag that it names, the only artifact of a layout, else `latest`. */
export async function wantedReference({ target, tag, digest }: OpenedTarget, signal?: AbortSignal): Promise<string> {
  const named = digest ?? tag;
  if (named !== undefined || !('onlyReference' in target)) return named ?? 'latest';
  return (await target.onlyReference(signal)) ?? 'latest';
}
