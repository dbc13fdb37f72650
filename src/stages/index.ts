export { convert, type ConvertOptions } from './convert.js';
export {
  clusterOf,
  deploy,
  deploymentOf,
  writeRendered,
  writeText,
  type ClusterVersions,
  type DeployStageOptions,
  type PlannedDeployment,
  type WrittenDeployment,
} from './deploy.js';
export { download, type DownloadOptions } from './download.js';
export { mixOptions, type MixStageOptions } from './mix-options.js';
export { CACHE_TYPES, DEPLOY_FORMATS, DEPLOY_TARGET_NAMES } from '../deploy/index.js';
export { harbor, harborSchema, type HarborStageOptions } from './harbor.js';
export { pack } from './pack.js';
export { FILE_KINDS, type FileKind } from '../package/index.js';
export { PACKAGE_FORMATS, packageFormat, type PackStageOptions } from './pack-formats.js';
export type { PackedIndex, PackedModel, PushedArtifact } from './packed-model.js';
export { repackage, type RepackageOptions } from './repackage.js';
export { openRunTarget, push } from './push.js';
export { harborBehind } from './push-harbor.js';
export { loadOfCopy, requireQuota } from './push-quota.js';
export type { PushOptions } from './push-options.js';
export { quantize, type QuantizeStageOptions } from './quantize.js';
export { encoderOf, httpOf, type Kernel } from './resources.js';
export type { PushSplitOptions } from './push-split.js';
export type { SplitLimits } from './split-weights.js';
export { save, saveFiles, type SavedFile } from './save.js';
