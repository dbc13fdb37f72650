export { expectedTime, type ExpectedTime } from './last-runs.js';
export { planPipeline, type RunPlan } from './plan.js';
export { freeSpace, preflight, roomFor, type DiskRoom, type Needs } from './preflight.js';
export { heldUpBy } from './bottleneck.js';
export { createRunId } from './run-id.js';
export { createRedactor, secretsOf } from './redact.js';
export { renderReport } from './report/report.js';
export { openRunScope, type RunContextOptions, type RunScope } from './run-context.js';
export { runPipeline, type RunListener, type RunOptions, type RunResult } from './run.js';
export { eventLine } from './event-line.js';
export { metricsText } from './metrics-text.js';
export type { StallOptions } from './stall-watch.js';
export {
  SummaryCollector,
  type ArtifactSummary,
  type ItemSummary,
  type RunSummary,
  type StageSummary,
  type TensorSummary,
} from './summary.js';
export { formatBytes, formatDuration, formatRate, formatSpace } from './units.js';
export { weightErrors, worstWeightErrors, type TensorWeightError, type VariantWeightError } from './weight-errors.js';
export { WireBytes } from './wire-bytes.js';
export { stagesOf } from './trace.js';
