import { optionTable, type OptionsOf } from '../../core/index.js';
import type { Artifact } from '../../registry/index.js';

/** What `push` can be told, but for its target. */
export const PUSH_OPTIONS = optionTable({
  /** Tags of an artifact: see {@link PushOptions}. */
  tags: { kind: 'text', list: true, value: 'tag', help: 'a further tag', group: 'Sending' },
  /** Tags of the index; as `tags`, or `latest` when that is a function. */
  indexTags: {
    kind: 'text',
    list: true,
    value: 'tag',
    help: 'a tag of the index (repeatable); as --tag unless given',
    group: 'Sending',
  },
  /**
   * `auto` (default): a GGUF that is larger than the target's largest layer is cut into files with gguf-split's names;
   * `never`: it is sent whole, whatever becomes of it.
   */
  split: {
    kind: 'choice',
    choice: ['auto', 'never'],
    value: 'when',
    help: 'cut a GGUF that is larger than the registry takes, or not',
    group: 'Sending',
  },
  /** Largest file in bytes, or `2G`, `500M`: wins over what is known of the target. */
  splitMaxSize: { kind: 'size', help: 'cut a GGUF that is larger: 2G, 500M', group: 'Sending' },
  /** `false` refuses a tag that points at something else. Default true. */
  overwrite: {
    kind: 'flag',
    off: true,
    help: 'refuse to move a tag that points at something else',
    group: 'Sending',
  },
  /** `false` sends without asking a Harbor first whether the project's quota has room. Default true. */
  quotaCheck: {
    kind: 'flag',
    off: true,
    help: "send without asking a Harbor first whether the project's quota has room",
    group: 'Sending',
  },
  /** `false` makes and sends again what the target says stands there already. Default true. */
  reuse: {
    kind: 'flag',
    off: true,
    help: 'make and send again what the registry says is published already',
    group: 'Sending',
  },
  /**
   * The model is looked over before anything is sent (see {@link lint}). `error` refuses errors with `LINT_FAILED`, and warns of the
   * rest; `warn` warns of errors and warnings; `off` does not look. Without it errors are warned of.
   */
  lint: {
    kind: 'choice',
    choice: ['error', 'warn', 'off'],
    value: 'how',
    help: 'refuse what lint calls an error, warn, or do not look',
    group: 'Sending',
  },
  /** Most bytes of one request of a blob, for a registry behind something that limits bodies. */
  chunkSize: { kind: 'size', help: 'send blobs in requests of at most this size: 8MiB', group: 'Sending' },
});

/** How artifacts are sent. */
export type PushOptions = Omit<OptionsOf<typeof PUSH_OPTIONS>, 'tags'> & {
  /**
   * Tags of an artifact; by default the variant's name in lower case (`q4_k_m`), `latest` for an unconverted model, and
   * the format's name behind it when it is not the first format. With an index, a list of tags is the index's, and each
   * member gets them with its variant's name behind (`v1-q4_k_m`).
   */
  readonly tags?: readonly string[] | ((artifact: Artifact) => readonly string[]) | undefined;
};

/** When to cut weights for a target. */
export type PushSplitOptions = Pick<PushOptions, 'split' | 'splitMaxSize'>;
