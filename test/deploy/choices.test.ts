import { describe, expect, test } from 'vitest';
import { SlipwayError } from '../../src/core/index.js';
import {
  estimateMemory,
  parsePlatformVersion,
  planDeployment,
  renderDeployment,
  shapeOfGguf,
  type Deployed,
  type DeployOptions,
} from '../../src/deploy/index.js';
import { decoderKeys, SERVED_MODELS } from './served-models.js';

const RAW = SERVED_MODELS['GGUF as ModelPack']!;
const IMAGE = SERVED_MODELS['GGUF as modelcar']!;
const WITH_SHELL = SERVED_MODELS['GGUF as modelcar with a base']!;
const EMBEDDING = SERVED_MODELS['embedding GGUF as modelcar']!;
const SAFETENSORS = SERVED_MODELS['safetensors as modelcar']!;

function failureOf(build: () => unknown): SlipwayError {
  try {
    build();
  } catch (error) {
    if (SlipwayError.is(error)) return error;
  }
  throw new Error('nothing was refused');
}

function argumentsOf(deployed: Deployed): readonly string[] {
  return deployed.server?.args ?? [];
}

function valueOf(deployed: Deployed, flag: string): string | undefined {
  const args = argumentsOf(deployed);
  return args[args.indexOf(flag) + 1];
}

describe('the target that is chosen', () => {
  test.each<[string, typeof RAW, DeployOptions, string]>([
    ['an image: mounted', IMAGE, {}, 'deployment'],
    ['an artifact: pulled', RAW, {}, 'init'],
    ['an artifact on CRI-O: mounted', RAW, { cluster: { crio: [1, 34, 0], kubernetes: [1, 36, 0] } }, 'crio'],
    ['an image on old nodes: pulled', IMAGE, { cluster: { containerd: [1, 7, 0] } }, 'init'],
    ['an image where KServe is', IMAGE, { cluster: { kserve: [0, 20, 0] } }, 'kserve'],
    ['an artifact where KServe is: pulled', RAW, { cluster: { kserve: [0, 20, 0] } }, 'init'],
  ])('%s', (_name, model, options, target) => {
    const { reasons, target: chosen } = planDeployment(model, options);
    expect(chosen).toBe(target);
    expect(reasons[0]).toMatch(new RegExp(`^target ${target} chosen`));
  });

  test('says why the better ones cannot be had', () => {
    const { reasons } = planDeployment(RAW, { cluster: { kserve: [0, 20, 0] } });
    expect(reasons[0]).toContain('not kserve (KServe wants an image with /models, and the artifact is modelpack');
  });
});

describe("KServe's ways to an image", () => {
  test.each<[string, typeof RAW, NonNullable<DeployOptions['cluster']>, string]>([
    [
      'a volume from 0.20',
      IMAGE,
      { kserve: [0, 20, 0], kubernetes: [1, 35, 0], containerd: [2, 1, 0] },
      'oci+native://',
    ],
    ['its own fetch where nodes mount nothing', IMAGE, { kserve: [0, 21, 0], kubernetes: [1, 30, 0] }, 'oci+fetch://'],
    ['the sidecar of an old one', WITH_SHELL, { kserve: [0, 15, 0], kubernetes: [1, 30, 0] }, 'oci://'],
  ])('%s', (_name, model, cluster, scheme) => {
    const text = JSON.stringify(planDeployment(model, { cluster }, 'kserve').resources);
    expect(text).toContain(`"${scheme}${model.pinned}"`);
  });

  test('without a shell in the image the sidecar is refused, with the base that would help', () => {
    const { message, details } = failureOf(() => planDeployment(IMAGE, { cluster: { kserve: [0, 15, 0] } }, 'kserve'));
    expect(message).toContain('its sidecar needs a shell in the image, and this one has none');
    expect([details.try].flat()[0]).toMatch(/^pipeline repackage .* --format modelcar --modelcar-base /);
  });

  test('LLMInferenceService has the version that the cluster knows', () => {
    const version = (kserve: readonly [number, number, number]): string | undefined =>
      planDeployment({ ...SAFETENSORS, hasShell: true }, { cluster: { kserve } }, 'llmisvc').resources[0]?.apiVersion;
    expect(version([0, 20, 0])).toBe('serving.kserve.io/v1alpha2');
    expect(version([0, 16, 0])).toBe('serving.kserve.io/v1alpha1');
    expect(failureOf(() => version([0, 15, 0])).message).toContain('KServe 0.15 has no LLMInferenceService');
  });
});

describe('what is refused', () => {
  test.each<[string, typeof RAW, DeployOptions, string, RegExp, RegExp]>([
    [
      'an artifact as an image volume',
      RAW,
      {},
      'deployment',
      /empty directory/,
      /^pipeline repackage .* --format modelcar$/,
    ],
    [
      'an old Kubernetes',
      IMAGE,
      { cluster: { kubernetes: [1, 34, 0] } },
      'deployment',
      /feature gate ImageVolume/,
      /--target init/,
    ],
    [
      'an old containerd',
      IMAGE,
      { cluster: { containerd: [2, 0, 5] } },
      'deployment',
      /containerd 2\.0\.5 mounts no images/,
      /--target init/,
    ],
    ['an old CRI-O', RAW, { cluster: { crio: [1, 32, 0] } }, 'crio', /from 1\.33/, /repackage/],
    [
      'containerd for artifacts',
      RAW,
      { cluster: { containerd: [2, 2, 0] } },
      'crio',
      /containerd mounts images only/,
      /repackage/,
    ],
    ['a GGUF for vLLM', IMAGE, {}, 'vllm', /vllm-gguf-plugin/, /--target llama-server/],
    ['safetensors for llama.cpp', SAFETENSORS, {}, 'llama-server', /llama\.cpp reads GGUF/, /--target vllm/],
    ['a GGUF for LLMInferenceService', IMAGE, {}, 'llmisvc', /vllm-gguf-plugin/, /--target kserve/],
    ['an image for Docker Model Runner', IMAGE, {}, 'compose', /does not read modelcar/, /--format docker/],
  ])('%s', (_name, model, options, target, reason, remedy) => {
    const { code, message, details } = failureOf(() => planDeployment(model, options, target));
    expect(code).toBe('USAGE');
    expect(message).toMatch(reason);
    expect([details.try].flat()[0]).toMatch(remedy);
  });

  test('a gate that is on lets Kubernetes 1.34 mount', () => {
    const cluster = { kubernetes: [1, 34, 0], featureGates: ['ImageVolume'] } as const;
    expect(planDeployment(IMAGE, { cluster }, 'deployment').target).toBe('deployment');
  });

  test('names that Kubernetes would not take', () => {
    expect(failureOf(() => planDeployment(IMAGE, { name: 'Tiny_1' })).message).toContain("'Tiny_1' is not a name");
  });

  test('an unknown target, with the nearest', () => {
    expect(failureOf(() => planDeployment(IMAGE, {}, 'kserv')).message).toContain("did you mean 'kserve'");
  });

  test('versions that are none', () => {
    expect(parsePlatformVersion('v1.35.2+k3s1', '--kubernetes')).toEqual([1, 35, 2]);
    expect(failureOf(() => parsePlatformVersion('latest', '--kubernetes')).code).toBe('USAGE');
  });
});

describe('arguments of the server', () => {
  test('a decoder: a context that is bounded, though the model could more', () => {
    const deployed = planDeployment(IMAGE, {});
    expect(argumentsOf(deployed)).toEqual([
      '--model',
      '/mnt/models/tiny-Q4_K_M.gguf',
      '--alias',
      'tiny',
      '--host',
      '0.0.0.0',
      '--port',
      '8080',
      '--ctx-size',
      '8192',
      '--parallel',
      '1',
      '--cache-ram',
      '256',
      '--metrics',
    ]);
  });

  test('slots share the context, and a quantized cache needs flash attention', () => {
    const deployed = planDeployment(IMAGE, { slots: 4, contextSize: 4096, cacheTypeK: 'q8_0', cacheTypeV: 'q8_0' });
    expect(valueOf(deployed, '--ctx-size')).toBe('16384');
    expect(valueOf(deployed, '--flash-attn')).toBe('on');
  });

  test('an embedding model reads a text in one batch', () => {
    const deployed = planDeployment(EMBEDDING, {});
    expect(argumentsOf(deployed)).toContain('--embeddings');
    expect(valueOf(deployed, '--ubatch-size')).toBe('512');
    expect(valueOf(deployed, '--ctx-size')).toBe('2048');
  });

  test('a projector, and the first file of a split', () => {
    const deployed = planDeployment(SERVED_MODELS['split GGUF with a projector as modelcar']!, {});
    expect(valueOf(deployed, '--model')).toBe('/mnt/models/tiny-Q4_K_M-00001-of-00002.gguf');
    expect(valueOf(deployed, '--mmproj')).toBe('/mnt/models/mmproj-F16.gguf');
  });

  test('vLLM: tokenizer and config beside a GGUF', () => {
    const files = [
      ...IMAGE.files,
      ...['tokenizer.json', 'config.json'].map((path) => ({ path, size: 9, role: 'settings' as const })),
    ];
    const deployed = planDeployment({ ...IMAGE, files }, { image: 'example.com/vllm-gguf@sha256:00' }, 'vllm');
    expect(argumentsOf(deployed).slice(0, 7)).toEqual([
      '/mnt/models/tiny-Q4_K_M.gguf',
      '--tokenizer',
      '/mnt/models',
      '--hf-config-path',
      '/mnt/models',
      '--dtype',
      'float16',
    ]);
    expect(deployed.warnings.join()).toContain('vllm-gguf-plugin');
  });

  test('the longest context within a budget, and none that is too small', () => {
    const within = (memoryBudget: number): number =>
      Number(valueOf(planDeployment(IMAGE, { memoryBudget }), '--ctx-size'));
    const [small, large] = [within(2 * 1024 ** 3), within(4 * 1024 ** 3)];
    expect(small).toBeGreaterThan(8192);
    expect(large).toBeGreaterThan(small * 2);
    const { message, details } = failureOf(() => within(500 * 1024 ** 2));
    expect(message).toContain('the memory budget of 500 MiB is too small');
    expect([details.try].flat()[0]).toMatch(/^--memory-budget \d+MiB$/);
  });
});

test('memory of a decoder, by hand', () => {
  const shape = shapeOfGguf(decoderKeys());
  const { cache, weights } = estimateMemory(shape, 1000, {
    contextSize: 4096,
    slots: 1,
    batch: 512,
    cacheTypeK: 'f16',
    cacheTypeV: 'f16',
  });
  // 16 layers, 8 heads of 64 values, keys and values of two bytes.
  expect(cache).toBe(16 * 4096 * 8 * 64 * 2 * 2);
  expect(weights).toBe(1000);
});

describe('formats', () => {
  const deployed = planDeployment(IMAGE, {}, 'deployment');

  test('JSON is one list that kubectl takes', () => {
    const list = JSON.parse(renderDeployment(deployed, IMAGE, 'json').text) as { kind: string; items: unknown[] };
    expect([list.kind, list.items.length]).toEqual(['List', 2]);
  });

  test('a kustomization names its files', () => {
    const { files } = renderDeployment(deployed, IMAGE, 'kustomize');
    expect(Object.keys(files)).toEqual(['kustomization.yaml', 'deployment.yaml', 'service.yaml']);
    expect(files['kustomization.yaml']).toContain('  - deployment.yaml\n  - service.yaml\n');
  });

  test('values for a chart as helm create makes it', () => {
    const { text } = renderDeployment(deployed, IMAGE, 'helm-values');
    expect(text).toContain(
      'image:\n  pullPolicy: IfNotPresent\n  repository: ghcr.io/ggml-org/llama.cpp\n  tag: server\n',
    );
    expect(text).toContain('replicaCount: 1\n');
  });

  test('a command has no such format', () => {
    const plan = planDeployment(IMAGE, {}, 'command');
    expect(failureOf(() => renderDeployment(plan, IMAGE, 'kustomize')).code).toBe('USAGE');
  });
});

describe('the Service that KServe makes of a name', () => {
  const long = 'a'.repeat(60);
  const cluster = { kserve: [0, 21, 0], kubernetes: [1, 35, 0], containerd: [2, 1, 0] } as const;

  test('of an InferenceService: a name that its Service cannot have is refused', () => {
    const { code, details } = failureOf(() => planDeployment(IMAGE, { name: long, cluster }, 'kserve'));
    expect([code, details.got]).toEqual(['USAGE', '--name: 60 characters, at most 53 for this target']);
    const { endpoint } = planDeployment(IMAGE, { name: 'a'.repeat(53), cluster }, 'kserve');
    expect(endpoint).toEqual({ service: `${'a'.repeat(53)}-predictor`, port: '80' });
  });

  test('of an LLMInferenceService: shortened as its controller does', () => {
    const serviceOf = (name: string): string | undefined =>
      planDeployment(SAFETENSORS, { name, cluster }, 'llmisvc').endpoint?.service;
    expect(serviceOf('tiny')).toBe('tiny-kserve-workload-svc');
    // md5sum of sixty letters a
    expect(serviceOf(long)).toBe(`${'a'.repeat(11)}cc7ed669cf88f201c3297c6a91e1d18d-kserve-workload-svc`);
  });
});

describe('where the settings of KServe turn images off', () => {
  const off = { kserve: [0, 21, 0], kserveModelcar: false, kubernetes: [1, 35, 0], containerd: [2, 1, 0] } as const;
  test.each([
    ['mounted', IMAGE, off, 'oci+native'],
    ['fetched', IMAGE, { ...off, kubernetes: [1, 30, 0] as const }, 'oci+fetch'],
    ['for its own runtime', SAFETENSORS, off, 'oci+native'],
  ] as const)('the model is named in the list that its controller reads: %s', (_name, model, cluster, scheme) => {
    const [resource] = planDeployment(model, { cluster }, 'kserve').resources;
    const text = JSON.stringify(resource);
    expect(text).toContain(
      JSON.stringify({ storageUris: [{ uri: `${scheme}://${model.pinned}`, mountPath: '/mnt/models' }] }).slice(1, -1),
    );
    expect([text.includes('STORAGE_URI'), text.includes('storageUri"')]).toEqual([false, false]);
    const on = planDeployment(model, { cluster: { ...cluster, kserveModelcar: true } }, 'kserve').resources;
    expect(JSON.stringify(on)).not.toContain('storageUris');
  });
});

describe('names that Kubernetes takes', () => {
  test('a namespace may begin with a digit, a secret may have dots', () => {
    const { resources } = planDeployment(IMAGE, { namespace: '1-team', pullSecrets: ['harbor.robot'] }, 'deployment');
    expect(resources[0]?.metadata.namespace).toBe('1-team');
    expect(JSON.stringify(resources)).toContain('"imagePullSecrets":[{"name":"harbor.robot"}]');
  });

  test.each<[DeployOptions, string]>([
    [{ name: 'Tiny' }, '--name'],
    [{ name: '1tiny' }, '--name'],
    [{ name: 'a.b' }, '--name'],
    [{ namespace: 'a.b' }, '--namespace'],
    [{ namespace: '-a' }, '--namespace'],
    [{ pullSecrets: ['a..b'] }, '--pull-secret'],
    [{ pullSecrets: ['A'] }, '--pull-secret'],
  ])('%j is refused', (options, flag) => {
    const { code, details } = failureOf(() => planDeployment(IMAGE, options, 'deployment'));
    expect([code, details.got]).toEqual(['USAGE', expect.stringContaining(flag)]);
  });
});
