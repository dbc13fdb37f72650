import { optionTable, type OptionsOf } from '../../core/index.js';

/** What `save` can be told, but for its directory. */
export const SAVE_OPTIONS = optionTable({
  /** Replace files that are there with other content; refused unless asked for. What is there and the same is left as it is. */
  overwrite: { kind: 'flag', help: 'replace files that are there with other content', group: 'Output' },
  /** Write files whose names are hidden or configure tools (`.git/…`, `.npmrc`, `Jenkinsfile`), too; left out unless asked for. */
  hidden: { kind: 'flag', help: 'write hidden files, and such as configure tools, too', group: 'Output' },
});

export type SaveOptions = OptionsOf<typeof SAVE_OPTIONS>;
