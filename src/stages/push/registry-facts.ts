import { uploadRules, type OpenedTarget } from '../../registry/index.js';
import { formatLimit } from '../limit-text.js';

/** What a plan says of a registry, for programs and for people. */
export interface RegistryFacts {
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
  readonly says: string;
}

/** What is known of a registry by its name, where that is more than of any. */
export function registryFacts({ host }: OpenedTarget['target']): RegistryFacts | undefined {
  if (host === undefined) return undefined;
  const { kind, largestLayer, largestManifest, chunkSize } = uploadRules(host);
  const known = (bytes: number): number | null => (bytes === Number.MAX_SAFE_INTEGER ? null : bytes);
  const layers = known(largestLayer) === null ? '' : `, layers of at most ${formatLimit(largestLayer)}`;
  const chunks = chunkSize === 'whole' ? ', takes no uploads in several chunks' : '';
  return {
    facts: {
      kind,
      largestLayer: known(largestLayer),
      largestManifest: known(largestManifest),
      inChunks: chunkSize !== 'whole',
    },
    says: kind === 'plain' ? '' : `a registry of the kind ${kind}${layers}${chunks}`,
  };
}
