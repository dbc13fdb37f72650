import type { Artifact } from '../registry/index.js';
import type { PushSplitOptions } from './push-split.js';

/** How artifacts are sent. */
export interface PushOptions extends PushSplitOptions {
  /**
   * Tags of an artifact; by default the variant's name in lower case (`q4_k_m`), `latest` for an unconverted model, and
   * the format's name behind it when it is not the first format. With an index, a list of tags is the index's, and each
   * member gets them with its variant's name behind (`v1-q4_k_m`).
   */
  readonly tags?: readonly string[] | ((artifact: Artifact) => readonly string[]);
  /** Tags of the index, when `tags` is a function; `latest` unless given. */
  readonly indexTags?: readonly string[];
  /** `false` refuses a tag that points at something else. Default true. */
  readonly overwrite?: boolean;
  /** `false` sends without asking a Harbor first whether the project's quota has room. Default true. */
  readonly quotaCheck?: boolean;
  /** Most bytes of one request of a blob (`8MiB`, or a number), for a registry behind something that limits bodies. */
  readonly chunkSize?: number | string;
}
