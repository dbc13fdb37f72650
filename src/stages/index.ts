export { convert, type ConvertOptions } from './convert.js';
export { download, type DownloadOptions } from './download.js';
export { mixOptions, type MixStageOptions } from './mix-options.js';
export { pack, PACKAGE_FORMATS, type PackStageOptions } from './pack.js';
export type { PackedModel, PushedArtifact } from './packed-model.js';
export { openRunTarget, push, type PushOptions } from './push.js';
export { quantize, type QuantizeStageOptions } from './quantize.js';
export { encoderOf, httpOf, type Kernel } from './resources.js';
export { save, saveFiles, type SavedFile } from './save.js';
