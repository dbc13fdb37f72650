import { type LayoutTarget, openLayout } from './layout/layout-target.js';
import { parseReference } from './reference.js';
import { openRegistry, type RegistryOptions } from './remote/open-registry.js';
import type { RegistryTarget } from './remote/registry-target.js';

/** What an address leads to: the repository, and which of its manifests was meant. */
export interface OpenedTarget {
  readonly target: RegistryTarget | LayoutTarget;
  readonly tag?: string;
  readonly digest?: `sha256:${string}`;
}

/** Opens `host/repository[:tag][@digest]` or `layout:directory[:tag]`. Nothing is read or sent yet. Throws `USAGE`. */
export function openTarget(address: string, options: RegistryOptions = {}): OpenedTarget {
  const reference = parseReference(address);
  const { tag, digest } = reference;
  return {
    target: reference.kind === 'layout' ? openLayout(reference.directory) : openRegistry(reference, options),
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
}
