import { stringify } from 'yaml';

/** Configurations as YAML: several are several documents. */
export function configText(configs: readonly unknown[]): string {
  return configs.map((config) => stringify(config).trimEnd()).join('\n---\n');
}
