import { HUB_TARGETS } from './hub.js';
import { MODEL_TARGETS } from './models.js';
import { REGISTRY_TARGETS } from './registry.js';
import { TEXT_TARGETS } from './texts.js';
import { TRUST_TARGETS } from './trust.js';
import type { FuzzTarget } from './target.js';

export const TARGETS: readonly FuzzTarget[] = [
  ...MODEL_TARGETS,
  ...TEXT_TARGETS,
  ...REGISTRY_TARGETS,
  ...HUB_TARGETS,
  ...TRUST_TARGETS,
];
