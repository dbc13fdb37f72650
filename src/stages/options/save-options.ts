import { optionTable, type OptionsOf } from '../../core/index.js';

/** What `save` can be told, but for its directory. */
export const SAVE_OPTIONS = optionTable({
  /** Replace files that are there and are neither what is fetched nor what an earlier run wrote. Refused unless told. */
  overwrite: { kind: 'flag', help: 'replace files that were changed since, or are no files of ours' },
});

export type SaveOptions = OptionsOf<typeof SAVE_OPTIONS>;
