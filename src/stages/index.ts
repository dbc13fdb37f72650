export { convert } from './convert.js';
export { applyDeployment, timeLimitOf, type AppliedDeployment, type ApplyStory } from './apply-deployment.js';
export { deploy, type WrittenDeployment } from './deploy.js';
export { deploymentOf, type PlannedDeployment } from './deployment.js';
export { removeDeployment, type RemovedDeployment } from './remove-deployment.js';
export { writeRendered, writeText } from './write-deployment.js';
export { evaluate } from './evaluate.js';
export {
  evaluationRecords,
  recordedMetrics,
  type EvaluationRecord,
  type RecordedMetric,
} from './evaluation-records.js';
export { checkReport, writeEvaluationReport } from './evaluation-report.js';
export {
  evaluateOnDisk,
  loadGate,
  smokeOf,
  withSmoke,
  type EvaluationOutcome,
  type EvaluationRequest,
} from './evaluation.js';
export type { ModelOnDisk } from './model-on-disk.js';
export { snapshotOnDisk } from './snapshot-on-disk.js';
export { download } from './download.js';
export { mixOptions } from './mix-options.js';
export { harbor, harborSchema, type HarborStageOptions } from './harbor.js';
export { pack } from './pack.js';
export { FILE_KINDS, type FileKind } from '../package/index.js';
export { PACKAGE_FORMATS, packageFormat } from './pack-formats.js';
export type { PackedIndex, PackedModel, PushedArtifact } from './packed-model.js';
export { lint, type LintOptions } from './lint.js';
export { repackage, type RepackageOptions } from './repackage.js';
export { copy } from './copy.js';
export { derived, fingerprintOf, sameRecipe } from './fingerprint.js';
export { RECIPE_ANNOTATION } from './published.js';
export { openRunTarget } from './open-target.js';
export { isPush, push, type PreparedPush, type PushStage } from './push.js';
export { judgeLint, type LintMode } from './push-lint.js';
export { quantize } from './quantize.js';
export { loadImatrix } from './imatrix.js';
export { loadCalibration, loadText, type ModelText } from './texts.js';
export { makeImportance, mergeImportanceFiles, type ImportanceResult } from './importance.js';
export { encoderOf, engineOf, enginesOf, httpOf, keepEncoderWarm } from './resources.js';
export { memoryBesideRuns } from './memory-budget.js';
export type { SplitLimits } from './split-weights.js';
export { merge, saveNamed, split } from './split.js';
export { readingFacts } from './reading.js';
export { placedAt, save, saveFiles, type PlacedFile, type SavedFile } from './save.js';
export * from './options/index.js';
export {
  evaluateOnnxModels,
  onnxOf,
  type OnnxEvaluation,
  type OnnxRequest,
  type OnnxSource,
} from './onnx-evaluation.js';
