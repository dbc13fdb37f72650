import { stringify } from 'yaml';

/**
 * YAML with sorted keys, the same bytes for the same value. Texts that YAML 1.1 (Kubernetes' parser) would take for
 * something else (`yes`, `1_000`) are quoted.
 */
export function stableYaml(value: unknown): string {
  return stringify(value, {
    version: '1.1',
    sortMapEntries: true,
    lineWidth: 0,
    aliasDuplicateObjects: false,
  }).replace(/^%YAML 1\.1\n---\n/, '');
}
