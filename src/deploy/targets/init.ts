import type { DeployTarget } from '../deployed.js';
import { fittingServer } from '../serving-engine.js';
import { initStorage, MODEL_DIRECTORY } from '../storage.js';
import { workload } from '../workload.js';

/** A Deployment and Service; a container of this tool pulls the artifact first. Works with every format and runtime. */
export const init: DeployTarget = {
  name: 'init',
  summary: 'Deployment and Service, the artifact pulled by an init container of this tool',
  build: (model, options) => {
    const server = fittingServer('init', model, MODEL_DIRECTORY, options);
    return workload('init', model, { server, storage: initStorage(model, options) }, options);
  },
};
