import { optionTable } from '../../core/index.js';

/** Flags of commands that load a configuration. */
export const CONFIG_FLAGS = optionTable({
  set: { kind: 'text', list: true, value: 'path=value', help: 'override a field' },
});
