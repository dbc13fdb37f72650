export const ERROR_CODES = {
  INTERNAL: 1,
  STAGE_FAILED: 1,
  USAGE: 2,
  USAGE_UNKNOWN_FLAG: 2,
  USAGE_UNKNOWN_COMMAND: 2,
  CONFIG_INVALID: 3,
  CONFIG_LOAD: 3,
  POLICY_INVALID: 3,
  SHARD_PLAN_INVALID: 3,
  HARBOR_INVALID: 3,
  NOT_FOUND: 4,
  HUB_REPOSITORY_NOT_FOUND: 4,
  HUB_REVISION_NOT_FOUND: 4,
  HUB_FILE_NOT_FOUND: 4,
  OCI_NOT_FOUND: 4,
  SHARD_INCOMPLETE: 4,
  HARBOR_NOT_FOUND: 4,
  CLUSTER_NOT_FOUND: 4,
  HUB_GATED: 5,
  HUB_UNAUTHORIZED: 5,
  OCI_DENIED: 5,
  OCI_UNAUTHORIZED: 5,
  HARBOR_DENIED: 5,
  HARBOR_UNAUTHORIZED: 5,
  CLUSTER_DENIED: 5,
  CLUSTER_UNAUTHORIZED: 5,
  CREDENTIAL_HELPER: 5,
  KEY_PASSWORD: 5,
  SIGNER_FAILED: 5,
  NET_TIMEOUT: 6,
  NET_UNREACHABLE: 6,
  NET_UNAVAILABLE: 6,
  NET_REDIRECT: 6,
  NET_PROTOCOL: 6,
  HUB_UNAVAILABLE: 6,
  OCI_UNAVAILABLE: 6,
  OCI_PROTOCOL: 6,
  HARBOR_UNAVAILABLE: 6,
  HARBOR_PROTOCOL: 6,
  CLUSTER_UNAVAILABLE: 6,
  DEPLOY_TIMEOUT: 6,
  OFFLINE: 6,
  DIGEST_MISMATCH: 7,
  SIZE_MISMATCH: 7,
  SAFETENSORS_INVALID: 7,
  GGUF_INVALID: 7,
  ONNX_INVALID: 7,
  JSON_INVALID: 7,
  LFS_POINTER: 7,
  IMATRIX_INVALID: 7,
  TOKENIZER_INVALID: 7,
  MANIFEST_INVALID: 7,
  PATH_UNSAFE: 7,
  MODEL_INVALID: 7,
  NON_FINITE: 7,
  KEY_INVALID: 7,
  ATTESTATION_INVALID: 7,
  ARCH_UNSUPPORTED: 9,
  ADAPTER_UNSUPPORTED: 9,
  TOKENIZER_UNSUPPORTED: 9,
  DTYPE_UNSUPPORTED: 9,
  FORMAT_UNSUPPORTED: 9,
  QUANT_UNSUPPORTED: 9,
  QUANT_SHAPE: 9,
  KERNEL_UNAVAILABLE: 9,
  OCI_LIMIT: 9,
  OCI_STORAGE_FULL: 10,
  DISK_SPACE: 10,
  DISK_PERMISSION: 10,
  MEMORY_LIMIT: 10,
  WORKER_DIED: 10,
  PICKLE_REFUSED: 11,
  NO_WEIGHTS: 11,
  TAG_EXISTS: 11,
  SHARD_PLAN_CHANGED: 11,
  TARGET_EXISTS: 11,
  IMATRIX_REQUIRED: 11,
  QUANT_FALLBACK: 11,
  TARGET_UNREACHABLE: 11,
  REQUANTIZE_REFUSED: 11,
  HUB_RENAMED: 11,
  HARBOR_EXISTS: 11,
  HARBOR_REFUSED: 11,
  CLUSTER_CONFLICT: 11,
  CLUSTER_REFUSED: 11,
  INSECURE_REFUSED: 11,
  NEEDS_TERMINAL: 11,
  TRUST_REFUSED: 11,
  LINT_FAILED: 11,
  TRUST_UNDECIDED: 8,
  GATE_FAILED: 12,
  EVALUATION_FAILED: 12,
  DEPLOY_FAILED: 12,
  WARNING_REFUSED: 11,
  STALLED: 124,
  TIME_LIMIT: 124,
  ABORTED: 130,
  TERMINATED: 143,
} as const;

/**
 * What a program may branch on. A code is stable API: it never changes its meaning.
 * The prefix says which part of the system speaks; {@link EXIT_CODES} says what a process exits with.
 */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Exit code of a process that ends with an error: codes of one kind share one. */
export const EXIT_CODES: Readonly<Record<ErrorCode, number>> = ERROR_CODES;

/** Facts for the person who has to act. Every field is optional except what the error's message says itself. */
export interface ErrorDetails {
  /** The thing: file, tensor, stage, URL (without secrets). */
  readonly where?: string;
  /** What was received, with numbers: `expected` and `actual`, `limit` and `actual`. */
  readonly got?: string;
  /** Several findings of one kind, each with its place (`limits.memory`). */
  readonly problems?: readonly { readonly at: string; readonly text: string }[];
  /** What survived: partial files, pushed blobs. */
  readonly kept?: string;
  /** What had moved until then, stage by stage: for programs. */
  readonly stages?: readonly unknown[];
  /** Commands or edits that a person can paste, most likely one first. */
  readonly try?: string | readonly string[];
  /** Machine-readable context: numbers, digests, names. Never a secret. */
  readonly context?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
  /** The error underneath, kept for the `because` chain. */
  readonly cause?: unknown;
  /** True when the same call may succeed later without a change (time-outs, 5xx, 429). */
  readonly retryable?: boolean;
}

// Configurations may be loaded by another module loader, which can bring a second copy of this class:
// a registered symbol recognises both.
const BRAND = Symbol.for('slipway.error');

/** The one error class that Slipway throws. `code` is stable; `message` is one sentence without a full stop. */
export class SlipwayError extends Error {
  override readonly name = 'SlipwayError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.details = details;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Recognises a SlipwayError even when another copy of the package made it. */
  static is(value: unknown): value is SlipwayError {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true;
  }
}

/** Throws `ABORTED` when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedError(signal);
}

/** The error for a signal that has fired; a SlipwayError given as the reason is passed on as it is. */
export function abortedError(signal: AbortSignal): SlipwayError {
  const reason: unknown = signal.reason;
  return SlipwayError.is(reason) ? reason : new SlipwayError('ABORTED', 'the operation was aborted', { cause: reason });
}
