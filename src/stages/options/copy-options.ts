import { optionTable, pickOptions, type OptionsOf } from '../../core/index.js';
import { PUSH_OPTIONS } from './push-options.js';

/** What `copy` can be told, but for its two addresses. */
export const COPY_OPTIONS = optionTable({
  /** Also what refers to the artifact (`subject`): signatures, attestations. */
  referrers: { kind: 'flag', help: 'also what refers to it: signatures, attestations' },
  /** Of an index only the members of this platform; all of it unless given. */
  platform: {
    kind: 'text',
    value: 'os/arch',
    help: 'of an index only this platform: linux/arm64; all of it unless given',
  },
  /** Policy file that it must satisfy before anything is copied; not together with `allTags`. */
  policy: { kind: 'path', value: 'file', help: 'policy that it must satisfy before anything is copied' },
  ...pickOptions(PUSH_OPTIONS, ['tags']),
  /** Every tag of the source, under its own name; with addresses that name no tag. */
  allTags: { kind: 'flag', help: 'every tag of the source, under its own name' },
  ...pickOptions(PUSH_OPTIONS, ['overwrite', 'quotaCheck', 'chunkSize']),
});

/** How an artifact is copied. */
export type CopyStageOptions = OptionsOf<typeof COPY_OPTIONS>;
