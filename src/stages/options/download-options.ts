import { optionTable, type OptionsOf } from '../../core/index.js';
import { FILE_KIND_SYNONYMS, FILE_KINDS } from '../../package/index.js';
import { FILE_TYPE_NAMES } from '../../quantize/index.js';

/** What `download` can be told, but for its source. */
export const DOWNLOAD_OPTIONS = optionTable({
  /** Branch, tag or commit; also as `hf://org/name@revision`. Pinned to a commit once. */
  revision: { kind: 'text', value: 'name', help: 'branch, tag or commit', group: 'Source' },
  /** Globs of files to take; without them everything but pickles and code. */
  include: { kind: 'text', list: true, value: 'glob', help: 'take only these files', group: 'Source' },
  /** Globs of files to leave out. */
  exclude: { kind: 'text', list: true, value: 'glob', help: 'leave these files out', group: 'Source' },
  /**
   * Only files that are this to a model: `weight` (its own), `projector`, `adapter`, `draft`, `weight.config`
   * (configuration and tokenizer; `config` on a command line), `doc`, `code`, `dataset`. GGUFs are told apart by what they say of themselves.
   */
  kinds: {
    kind: 'choice',
    choice: FILE_KINDS,
    synonyms: FILE_KIND_SYNONYMS,
    list: true,
    value: 'kind',
    help: 'only files of a kind',
    group: 'Source',
  },
  /**
   * `full` (default): everything that was used is checked against the digests that the source announces before anything
   * is published. Files are hashed as they are read; the plan says what has to be read twice for that, if anything.
   * `transport`: trust the connection for those.
   */
  verify: {
    kind: 'choice',
    choice: ['full', 'transport'],
    value: 'how',
    help: 'against all announced digests, or by the connection alone',
    group: 'Source',
  },
  /**
   * Directory for what is read before it is wanted and has no room in memory, when there is no store: a repository whose
   * tensors stand in another order than they are written in is then fetched once all the same.
   */
  spill: { kind: 'path', value: 'dir', help: 'put aside there what is read early and has no room', group: 'Source' },
  /** Follow a repository of the Hub that has another name now; refused unless asked for. */
  allowRenamed: { kind: 'flag', help: 'follow a repository that has another name now', group: 'Source' },
  /** Connections for one large file of the Hub, 1 to 32; 1 unless given. */
  connections: { kind: 'count', most: 32, help: 'connections for one large file, 1 to 32', group: 'Source' },
  /**
   * Read files of the Hub from its Xet storage where they are kept there, for networks on which nothing else can be
   * reached. Otherwise they are read over HTTP, which is as well checked and faster, unless they have more than 300 GB
   * (never from Xet with `false`, or with `HF_HUB_DISABLE_XET=1` in the environment).
   */
  xet: {
    kind: 'flag',
    help: "from the Hub's Xet storage instead of over HTTP, where files are kept there",
    group: 'Source',
  },
  /** Policy file that an artifact must satisfy before anything of it is fetched; of other sources, who must have signed their `model.sig`. */
  policy: {
    kind: 'path',
    value: 'file',
    help: 'policy that an artifact must satisfy, or who must have signed the files',
    group: 'Source',
  },
  /**
   * Which quantization is meant (`Q4_K_M`, `UD-Q4_K_XL`, in any case): of a repository or directory of GGUF files, or of
   * an OCI index. Also as `hf://org/name:Q4_K_M`.
   */
  variant: {
    kind: 'text',
    value: 'name',
    flag: 'quant',
    aliases: ['variant'],
    help: 'which quantization of several: Q4_K_M (also --variant)',
    known: FILE_TYPE_NAMES,
    group: 'Source',
  },
});

export type DownloadOptions = OptionsOf<typeof DOWNLOAD_OPTIONS>;
