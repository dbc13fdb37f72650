import { SlipwayError } from '../core/index.js';
import type { ClusterFacts } from './cluster-facts.js';
import type { Deployed } from './deployed.js';
import type { DeployOptions } from './deployment-request.js';
import type { ServedModel } from './served-model.js';
import { weightsText } from './llama-server.js';
import { cannotDeploy, TargetRefusal } from './refuse.js';
import { mib } from './deploy-settings.js';
import { deployTarget } from './targets/index.js';

/**
 * What serves a model: by the target that is named, or by the first that works there. A choice is told as a reason.
 * Pure: equal models and options give equal bytes. Throws `USAGE` for what cannot work, with what would.
 */
export function planDeployment(model: ServedModel, options: DeployOptions = {}, target?: string): Deployed {
  const built = target === undefined ? chosen(model, options) : deployTarget(target).build(model, options);
  requireRoom(built, options.cluster ?? {});
  const { notes = [] } = options.cluster ?? {};
  const warnings = [...built.warnings, ...platformWarnings(model, built, options.cluster ?? {})];
  return { ...built, reasons: [...notes, ...built.reasons], warnings };
}

/** The first target that works. */
function chosen(model: ServedModel, options: DeployOptions): Deployed {
  const passedOver: string[] = [];
  for (const name of candidates(model, options)) {
    try {
      const built = deployTarget(name).build(model, options);
      return { ...built, reasons: [choice(name, passedOver), ...built.reasons] };
    } catch (error) {
      // What is wrong with the options is wrong for every target.
      if (!(error instanceof TargetRefusal)) throw error;
      passedOver.push(`${name} (${error.reason})`);
    }
  }
  throw new SlipwayError('USAGE', `nothing that is known here serves ${weightsText(model)}`, {
    got: passedOver.join('; '),
    try: 'an artifact with a GGUF or with safetensors',
  });
}

/** Refuses what no node has room for: such a pod would wait for ever. Throws `USAGE`. */
function requireRoom({ target, resources, server }: Deployed, { nodeMemory, nodeGpus }: ClusterFacts): void {
  if (server === undefined || resources.length === 0) return;
  const { request } = server.memory;
  if (nodeMemory !== undefined && nodeMemory > 0 && request > nodeMemory) {
    throw cannotDeploy(target, `it asks for ${mib(request)}, and the largest node has ${mib(nodeMemory)}`, [
      `--memory-budget ${Math.floor(nodeMemory / 1024 ** 2)}MiB`,
      'a smaller quantization',
      'a larger node',
    ]);
  }
  if (nodeGpus === undefined || server.gpus <= nodeGpus) return;
  const has = nodeGpus === 0 ? 'no node has a GPU' : `the node with most GPUs has ${nodeGpus}`;
  throw cannotDeploy(target, `it asks for ${server.gpus} GPU${server.gpus === 1 ? '' : 's'}, and ${has}`, [
    server.kind === 'vllm' && nodeGpus === 0
      ? '--gpus 0 --image IMAGE   (one of vLLM for processors)'
      : `--gpus ${nodeGpus}`,
    'a node with GPUs',
  ]);
}

/** An image names one processor, and its files are for all: only some runtimes mind. */
function platformWarnings(model: ServedModel, { resources }: Deployed, { architectures }: ClusterFacts): string[] {
  const { architecture } = model;
  if (architecture === undefined || architectures === undefined || resources.length === 0) return [];
  if (architectures.length === 0 || architectures.includes(architecture)) return [];
  return [
    `the image is for ${architecture}, and the nodes are ${architectures.join(', ')}: repackage with --modelcar-architecture`,
  ];
}

/** Best first: what the cluster has for models, then mounts, then what works everywhere. */
function candidates(model: ServedModel, { cluster = {} }: DeployOptions): readonly string[] {
  return [
    ...(cluster.kserve === undefined ? [] : ['kserve']),
    ...(model.format === 'modelcar' ? ['deployment'] : []),
    ...(cluster.crio === undefined || model.format === 'modelcar' ? [] : ['crio']),
    'init',
  ];
}

function choice(name: string, passedOver: readonly string[]): string {
  return `target ${name} chosen${passedOver.length === 0 ? '' : `, not ${passedOver.join(', nor ')}`}`;
}
