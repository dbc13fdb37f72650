import { optionTable, pickOptions } from '../../core/index.js';
import { PUSH_OPTIONS } from '../../stages/index.js';

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

/** What becomes of a push whose model has findings, of commands that load a configuration. */
export const LINT_FLAG = pickOptions(PUSH_OPTIONS, ['lint']);
