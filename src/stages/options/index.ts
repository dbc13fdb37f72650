export { CONVERT_OPTIONS, type ConvertOptions } from './convert-options.js';
export { COPY_OPTIONS, type CopyStageOptions } from './copy-options.js';
export { DEPLOY_OPTIONS, DEPLOY_TO, type DeployStageOptions } from './deploy-options.js';
export { DOWNLOAD_OPTIONS, type DownloadOptions } from './download-options.js';
export { MIX_OPTIONS, type MixStageOptions } from './mix-options.js';
export { PACK_OPTIONS, type PackStageOptions } from './pack-options.js';
export { PUSH_OPTIONS, type PushOptions, type PushSplitOptions } from './push-options.js';
export { QUANTIZE_OPTIONS, type QuantizeStageOptions } from './quantize-options.js';
