import type { DeployTarget } from '../deployed.js';
import { fittingServer } from '../serving-engine.js';
import { imageVolume, MODEL_DIRECTORY } from '../storage.js';
import { workload } from '../workload.js';

/** A plain Deployment and Service; the model is an image volume of Kubernetes. */
export const deployment: DeployTarget = {
  name: 'deployment',
  summary: 'Deployment and Service, the model as an image volume',
  build: (model, options) => {
    const storage = imageVolume('deployment', model, options);
    const server = fittingServer('deployment', model, MODEL_DIRECTORY, options);
    return workload('deployment', model, { server, storage }, options);
  },
};
