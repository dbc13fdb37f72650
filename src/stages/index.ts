export { convert } from './conversion/convert.js';
export {
  applyDeployment,
  timeLimitOf,
  type AppliedDeployment,
  type ApplyStory,
} from './deployment/apply-deployment.js';
export { deploy, type WrittenDeployment } from './deployment/deploy.js';
export { deploymentOf, type PlannedDeployment } from './deployment/planned-deployment.js';
export { removeDeployment, type RemovedDeployment } from './deployment/remove-deployment.js';
export { writeRendered, writeText } from './deployment/write-deployment.js';
export { temporaryFolder, type ModelOnDisk } from './evaluation/model-on-disk.js';
export { evaluate } from './evaluation/evaluate.js';
export {
  evaluationRecords,
  recordedMetrics,
  type EvaluationRecord,
  type RecordedMetric,
} from './evaluation/evaluation-records.js';
export { checkReport, writeEvaluationReport } from './evaluation/evaluation-report.js';
export {
  evaluateOnDisk,
  loadGate,
  smokeOf,
  withSmoke,
  type EvaluationOutcome,
  type EvaluationRequest,
} from './evaluation/evaluate-on-disk.js';
export { snapshotOnDisk } from './evaluation/snapshot-on-disk.js';
export { download } from './download.js';
export { mixOptions } from './conversion/read-mix-options.js';
export { harbor, harborSchema, type HarborStageOptions } from './harbor.js';
export { pack } from './packaging/pack.js';
export { FILE_KINDS, type FileKind } from '../package/index.js';
export { PACKAGE_FORMATS, packageFormat } from './packaging/pack-formats.js';
export type { PackedIndex, PackedModel, PushedArtifact } from './packaging/packed-model.js';
export { lint, type LintOptions } from './lint.js';
export { repackage, type RepackageOptions } from './packaging/repackage.js';
export { copy } from './copy.js';
export { derived, fingerprintOf, sameRecipe } from './fingerprint.js';
export { RECIPE_ANNOTATION } from './push/published.js';
export { harborBehind, openHarborBehind } from './push/push-harbor.js';
export { openRunTarget } from './open-run-target.js';
export { isPush, push, type PreparedPush, type PushStage } from './push/push.js';
export { judgeLint, type LintMode } from './push/push-lint.js';
export { quantize } from './conversion/quantize.js';
export { loadImatrix } from './evaluation/make-imatrix.js';
export { loadCalibration, loadText, type ModelText } from './evaluation/model-texts.js';
export { makeImportance, mergeImportanceFiles, type ImportanceResult } from './evaluation/importance.js';
export { encoderOf, engineOf, enginesOf, httpOf, keepEncoderWarm } from './resources.js';
export { memoryBesideRuns } from './memory-budget.js';
export type { SplitLimits } from './conversion/split-weights.js';
export { merge, saveNamed, split } from './conversion/split-files.js';
export { readingFacts } from './reading.js';
export { placedAt, save, saveFiles, type PlacedFile, type SavedFile } from './save.js';
export * from './options/index.js';
export {
  evaluateOnnxModels,
  onnxOf,
  type OnnxEvaluation,
  type OnnxRequest,
  type OnnxSource,
} from './evaluation/onnx-evaluation.js';
