/** Names of twenty repositories that `pipeline sync` follows. */
export const NAMES: readonly string[] = Array.from({ length: 20 }, (_, index) => `m${String(index).padStart(2, '0')}`);

/** Files of one of them; another text is another revision. */
export const filesOf = (text: string): Record<string, string> => ({
  'config.json': `{"model_type":"x","note":"${text}"}`,
  'README.md': `# ${text}\n`,
});

/** A configuration that publishes each under a tag of its own. */
export function syncConfiguration(host: string, names: readonly string[] = NAMES): string {
  return `name: "\${matrix.model}"
matrix: { model: [${names.join(', ')}] }
stages:
  - download: { from: "hf://acme/\${matrix.model}" }
  - pack: { allowNoWeights: true }
  - push: { to: "${host}/models/all", tags: ["\${matrix.model}"] }
`;
}
