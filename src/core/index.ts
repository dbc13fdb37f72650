export { countText } from './count-text.js';
export type { ByteRange, ReadHints } from './byte-range.js';
export {
  createContext,
  type BlobStore,
  type ClientCertificate,
  type CountBytes,
  type CountWaits,
  type Direction,
  type Credential,
  type CredentialLookup,
  type NetworkOptions,
  type OwnContext,
  type RunContext,
  type StorableFile,
} from './context.js';
export { addonPaths, assetPath } from './asset.js';
export { isDigest, type Digest } from './digest.js';
export { diskError, isMissing } from './disk-error.js';
export { abortedError, EXIT_CODES, SlipwayError, throwIfAborted, type ErrorCode, type ErrorDetails } from './error.js';
export type {
  Bottleneck,
  HostTraffic,
  RoundingError,
  RunEvent,
  SkipReason,
  StageEvent,
  StageReport,
} from './events.js';
export { checkedLimits, smallAtOnce, type Limits } from './limits.js';
export { startLongTimer, waitLong } from './long-timer.js';
export {
  collectGarbage,
  GarbageWatch,
  HOST_MEMORY,
  hostMemory,
  programBytes,
  residentBytes,
  type HostMemory,
} from './resident-memory.js';
export { letGoOfSpares, whenIdle } from './idle-memory.js';
export {
  DURATION_PATTERN,
  flagName,
  omitOptions,
  optionTable,
  parseDuration,
  parseSize,
  requireSize,
  pickOptions,
  readWord,
  SIZE_PATTERN,
  WordProblem,
  type LeafRow,
  type OptionRow,
  type OptionsOf,
  type OptionTable,
  type ReadOptions,
} from './options/index.js';
export { packageFacts, type PackageFacts } from './package-facts.js';
export { didYouMean, nearest, nearestAll } from './nearest.js';
export { decodePercent } from './percent.js';
export { PROJECT_ADDRESS } from './project-address.js';
export { pipeline, type Pipeline } from './pipeline.js';
export { toSlipwayError } from './to-slipway-error.js';
export { toStage, type Planned, type Stage, type StageLike } from './stage.js';
export {
  openRegular,
  openRegularWithFacts,
  readRegular,
  readRegularText,
  type RegularFileOptions,
  openRegularToAppend,
  readRegularTextSync,
} from './regular-file.js';
export { isGone, ownMark } from './process-mark.js';
export {
  interruptibleStep,
  interruptibly,
  isStackOverflow,
  watchStandstill,
  withTimeLimit,
  type StandstillWatch,
  type TimeLimit,
} from './time-limit.js';
export { runKey, RunState, type RunKey } from './run-state.js';
export { redactSent, Redactor, rememberSecret } from './secret-forms.js';
export { safeJsonText, withoutControls } from './safe-text.js';
export { putMainThreadFirst, threadsStepBack } from './thread-rank.js';
