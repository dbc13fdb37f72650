import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEPLOY_TARGETS, planDeployment, renderDeployment } from '../../src/deploy/index.js';
import { SERVED_MODELS } from '../deploy/served-models.js';

// docs/deploy-examples.md. `npx vitest run test/docs -u` writes it again.

const CLUSTER = { kubernetes: [1, 36, 0], containerd: [2, 1, 0], kserve: [0, 20, 0] } as const;
const CRIO = { kubernetes: [1, 36, 0], crio: [1, 34, 0] } as const;
/** The model that a target is shown with, where it is not the GGUF as modelcar. */
const SHOWN: Readonly<Record<string, string>> = {
  llmisvc: 'safetensors as modelcar',
  vllm: 'safetensors as modelcar',
  crio: 'GGUF as ModelPack',
  init: 'GGUF as ModelPack',
  compose: 'GGUF as ModelPack',
};
const TOOL_IMAGE = 'registry.example.com/tools/slipway:0.1.0';

function example(target: string): string {
  const shown = SHOWN[target] ?? 'GGUF as modelcar';
  const model = SERVED_MODELS[shown]!;
  const cluster = target === 'crio' ? CRIO : CLUSTER;
  const deployed = planDeployment(model, { cluster, toolImage: TOOL_IMAGE }, target);
  const { text } = renderDeployment(deployed, model, 'yaml');
  return `## ${target}\n\nOf ${shown}:\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;
}

test('docs/deploy-examples.md shows what every target writes', async () => {
  const head =
    '# One example of every target\n\nWritten by `test/docs/deploy-examples.test.ts`; the same manifests are validated by `test/deploy/matrix.test.ts`.\nWhat the choices are: [deploy.md](deploy.md).\n';
  const page = [head, ...DEPLOY_TARGETS.map(({ name }) => example(name))].join('\n');
  await expect(page).toMatchFileSnapshot(join(import.meta.dirname, '../../docs/deploy-examples.md'));
});
