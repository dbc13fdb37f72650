import { SlipwayError } from '../core/index.js';
import type { Deployed } from './deployed.js';
import type { DeployOptions } from './options.js';
import type { ServedModel } from './served-model.js';
import { weightsText } from './llama-server.js';
import { deployTarget } from './targets/index.js';

/**
 * What serves a model: by the target that is named, or by the first that works there. A choice is told as a reason.
 * Pure: equal models and options give equal bytes. Throws `USAGE` for what cannot work, with what would.
 */
export function planDeployment(model: ServedModel, options: DeployOptions = {}, target?: string): Deployed {
  if (target !== undefined) return deployTarget(target).build(model, options);
  const passedOver: string[] = [];
  for (const name of candidates(model, options)) {
    try {
      const built = deployTarget(name).build(model, options);
      return { ...built, reasons: [choice(name, passedOver), ...built.reasons] };
    } catch (error) {
      if (!SlipwayError.is(error) || error.code !== 'USAGE') throw error;
      // What is wrong with the options is wrong for every target.
      if (!error.message.startsWith(`target '${name}'`)) throw error;
      passedOver.push(`${name} (${error.message.replace(/^target '[^']*' cannot serve this: /, '')})`);
    }
  }
  throw new SlipwayError('USAGE', `nothing that is known here serves ${weightsText(model)}`, {
    got: passedOver.join('; '),
    try: 'an artifact with a GGUF or with safetensors',
  });
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
