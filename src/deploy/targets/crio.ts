import type { DeployTarget } from '../deployed.js';
import { fittingServer } from '../serving-engine.js';
import { artifactVolume, MODEL_DIRECTORY } from '../storage.js';
import { workload } from '../workload.js';

/** A Deployment and Service; the model is an artifact volume of CRI-O: no image has to be made of it. */
export const crio: DeployTarget = {
  name: 'crio',
  summary: 'Deployment and Service, the artifact mounted by CRI-O',
  build: (model, options) => {
    const storage = artifactVolume('crio', model, options);
    const server = fittingServer('crio', model, MODEL_DIRECTORY, options);
    return workload('crio', model, { server, storage }, options);
  },
};
