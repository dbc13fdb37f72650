import { optionTable } from '../../core/index.js';

/** Flags of commands that load a configuration. */
export const CONFIG_FLAGS = optionTable({
  set: { kind: 'text', list: true, value: 'path=value', help: 'override a field' },
});

/** Of commands that take several pipelines. */
export const ONLY_FLAG = optionTable({
  only: {
    kind: 'text',
    list: 'commas',
    value: 'name',
    help: 'of several pipelines in the configuration only these; * stands for any letters',
  },
});
