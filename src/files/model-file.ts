import type { ByteRange, Digest, ReadHints } from '../core/index.js';

/**
 * A file of a model, lazily readable. `read` may be called any number of times, with any range: the content is a pure
 * function of where it comes from (a pinned revision, a digest, a path), so a reader can start again at any offset.
 */
export interface ModelFile {
  /** Relative path with forward slashes, as it should appear at the destination. */
  readonly path: string;
  /** Bytes. Always known before anything is read. */
  readonly size: number;
  /**
   * Known beforehand only for files whose origin tells it. Reading the whole of such a file fails before its end is seen
   * when the bytes are others.
   */
  readonly digest?: Digest;
  /**
   * The bytes of `range` (the whole file without it), in chunks of any size. Fails with a SlipwayError when fewer or
   * more bytes come than announced. The consumer owns the chunks, unless it lends them back.
   */
  read(range?: ByteRange, signal?: AbortSignal, hints?: ReadHints): AsyncIterable<Uint8Array>;
  /** What of other files a reading of the whole reads, in that order, when it is computed and that is known. */
  readonly sources?: readonly FileRange[];
  /** The files that it is read together with, when those want to know beforehand what will be read of them. */
  readonly group?: ReadingGroup;
  /** Absolute path, when the bytes lie on a local disk as they are: for programs that want a path. */
  readonly onDisk?: string;
  /** The same file without that check, for a reader that hashes what it reads itself: once is enough. */
  readonly unchecked?: ModelFile;
}

/** Bytes of a file that something else is computed from. */
export interface FileRange {
  readonly file: ModelFile;
  readonly start: number;
  readonly end: number;
}

/** What reading files in an order costs beyond reading each of them once. */
export interface ReadingOutlook {
  /** Bytes of all files of which something is read. */
  readonly size: number;
  /** Bytes that are read a second time. */
  readonly twice: number;
  /** Bytes that have to be kept at the same time, at most. */
  readonly kept: number;
  /** What is read a second time, by file. */
  readonly files: readonly { readonly path: string; readonly twice: number }[];
}

/** Files whose bytes are fetched once and in their own order, whatever the order is in which they are wanted. */
export interface ReadingGroup {
  /** What a reading in this order would cost. Reads nothing. */
  outlook(order: readonly FileRange[]): ReadingOutlook;
  /** Says what will be read, and in which order: what is passed on the way and wanted later is kept, if there is room. */
  expect(order: readonly FileRange[]): Promise<void>;
}

/** Where a snapshot came from: enough to fetch the same bytes again. */
export interface SourceIdentity {
  readonly kind: 'huggingface' | 'directory' | 'registry' | 'https' | 's3' | 'modelscope';
  /** `org/name`, a directory's base name, a repository reference. Names in GGUF metadata derive from it. */
  readonly name: string;
  /** Canonical address without secrets. */
  readonly url: string;
  /** Immutable: a commit, or a digest over the files' names, sizes and digests. */
  readonly revision: string;
  /** What the user asked for (`main`, a tag), if it was not the revision itself. */
  readonly requestedRevision?: string;
  /** The commit's date, RFC 3339: the only time stamp that may end up in an artifact. */
  readonly committedAt?: string;
}

/** A signature of a source over its own files that was verified. */
export interface SourceSignature {
  /** Name of the policy's identity. */
  readonly identity: string;
  /** Digest over all that was signed. */
  readonly root: Digest;
  /** How many files, or parts of files, were signed. */
  readonly resources: number;
}

/** A file that is not in a snapshot, though its source has it. */
export interface LeftOutFile {
  readonly path: string;
  /** It may run code when it is loaded: it is not taken even when it is asked for. */
  readonly mayRunCode: boolean;
  /** Why its name cannot stand everywhere, when that is the reason. */
  readonly nameProblem?: string;
}

/** A pinned set of files. Paths are unique. */
export interface Snapshot {
  readonly source: SourceIdentity;
  readonly files: readonly ModelFile[];
  /** What the source has besides and was not asked for: files of no kind that a model needs. */
  readonly leftOut?: readonly LeftOutFile[];
  /** Whose signature over its files (`model.sig`) was verified, where a policy asked for that. */
  readonly signature?: SourceSignature;
  /**
   * Proves that everything read so far was what the source announced; throws `DIGEST_MISMATCH` otherwise. Present when
   * files were read in pieces that no digest covers on the way: called once, before anything is published.
   */
  readonly confirm?: (signal?: AbortSignal) => Promise<void>;
}
