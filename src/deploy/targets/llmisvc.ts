import type { DeployTarget } from '../deployed.js';
import type { KubernetesObject } from '../../cluster/index.js';
import { hashedChildLabel, metadataOf } from '../naming.js';
import type { DeployOptions } from '../deployment-request.js';
import { resourcesOf } from '../pod.js';
import { cannotDeploy } from '../refuse.js';
import { MODEL_DIRECTORY } from '../storage.js';
import { atLeast, versionText } from '../platform-version.js';
import { vllmServer } from '../vllm.js';
import { kserveSource } from './kserve.js';

/** KServe's LLMInferenceService: vLLM behind the gateway's inference extension. */
export const llmisvc: DeployTarget = {
  name: 'llmisvc',
  summary: "LLMInferenceService of KServe (vLLM behind a gateway, with the scheduler's routing)",
  build: (model, options) => {
    const apiVersion = apiVersionOf(options);
    if (model.weights === 'gguf' && options.image === undefined) {
      throw cannotDeploy(
        'llmisvc',
        'LLMInferenceService runs vLLM, which reads GGUF only with vllm-gguf-plugin in the image',
        ['--target kserve', '--image YOUR-IMAGE@sha256:…   (an image of vLLM with vllm-gguf-plugin)'],
      );
    }
    const server = vllmServer('llmisvc', model, MODEL_DIRECTORY, options);
    const source = kserveSource('llmisvc', model, options, false);
    const own = server.args.slice(server.args.indexOf('--max-model-len')).join(' ');
    const resource: KubernetesObject = {
      apiVersion,
      kind: 'LLMInferenceService',
      metadata: metadataOf(model, options),
      spec: {
        model: { name: model.name, uri: source.uri },
        replicas: options.replicas ?? 1,
        router: { gateway: {}, route: {}, scheduler: {} },
        template: {
          ...pullSecrets(options),
          containers: [
            {
              name: 'main',
              ...(options.image !== undefined && { image: options.image }),
              env: [{ name: 'VLLM_ADDITIONAL_ARGS', value: own }],
              resources: resourcesOf(server),
            },
          ],
        },
      },
    };
    return {
      target: 'llmisvc',
      resources: [resource],
      files: {},
      reasons: [`the files come by ${source.because}`, ...server.reasons],
      warnings: server.warnings.filter((text) => !text.startsWith('pin the image')),
      needs: [...source.needs, 'the Gateway API with its inference extension'],
      server,
      // KServe 0.16 and 0.17 speak TLS there; later ones as their settings say, which the Service's port tells.
      endpoint: { service: hashedChildLabel(resource.metadata.name, '-kserve-workload-svc'), port: '8000' },
    };
  },
};

function apiVersionOf({ cluster }: DeployOptions): string {
  const version = cluster?.kserve;
  if (version === undefined || atLeast(version, [0, 17, 0])) return 'serving.kserve.io/v1alpha2';
  if (atLeast(version, [0, 16, 0])) return 'serving.kserve.io/v1alpha1';
  throw cannotDeploy('llmisvc', `KServe ${versionText(version)} has no LLMInferenceService; 0.16 has`, [
    '--target kserve',
    'KServe 0.17',
  ]);
}

function pullSecrets({ pullSecrets: names = [] }: DeployOptions): Readonly<Record<string, unknown>> {
  return names.length === 0 ? {} : { imagePullSecrets: names.map((name) => ({ name })) };
}
