import { didYouMean, SlipwayError } from '../../core/index.js';
import type { DeployTarget } from '../deployed.js';
import { command } from './command.js';
import { compose } from './compose.js';
import { crio } from './crio.js';
import { deployment } from './deployment.js';
import { llamaCpp, vllm } from './engines.js';
import { init } from './init.js';
import { kserve } from './kserve.js';
import { llmisvc } from './llmisvc.js';
import { quadlet } from './quadlet.js';

/** Every way to serve a model, in the order of the help. */
export const DEPLOY_TARGETS: readonly DeployTarget[] = [
  kserve,
  llmisvc,
  deployment,
  crio,
  init,
  vllm,
  llamaCpp,
  compose,
  quadlet,
  command,
];

/** Their names. */
export const DEPLOY_TARGET_NAMES = [
  'kserve',
  'llmisvc',
  'deployment',
  'crio',
  'init',
  'vllm',
  'llama-server',
  'compose',
  'quadlet',
  'command',
] as const;

/** Finds a target by its name. Throws `USAGE` with the nearest one. */
export function deployTarget(name: string): DeployTarget {
  const target = DEPLOY_TARGETS.find((known) => known.name === name);
  if (target !== undefined) return target;
  const names = DEPLOY_TARGETS.map((known) => known.name);
  throw new SlipwayError('USAGE', `there is no deployment target '${name.slice(0, 60)}'${didYouMean(name, names)}`, {
    got: `known: ${names.join(', ')}`,
  });
}
