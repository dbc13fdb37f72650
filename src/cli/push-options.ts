import { Option, type Command } from 'commander';
import type { PushOptions } from '../stages/index.js';
import { collect } from './collect.js';

/** How an artifact is sent, as flags. */
export interface PushFlags {
  readonly tag?: readonly string[];
  readonly indexTag?: readonly string[];
  readonly split?: 'auto' | 'never';
  readonly splitMaxSize?: string;
  readonly overwrite: boolean;
  readonly quotaCheck: boolean;
}

/** Adds them to a command. */
export function addPushOptions(command: Command): void {
  const add = (option: Option): void => {
    command.addOption(option.helpGroup('Sending'));
  };
  add(new Option('--tag <tag>', 'a further tag (repeatable)').argParser(collect));
  add(new Option('--index-tag <tag>', 'a tag of the index (repeatable); as --tag unless given').argParser(collect));
  add(
    new Option('--split <when>', 'cut a GGUF that is larger than the registry takes, or not').choices([
      'auto',
      'never',
    ]),
  );
  add(new Option('--split-max-size <size>', 'cut a GGUF that is larger: 2G, 500M'));
  add(new Option('--no-overwrite', 'refuse to move a tag that points at something else'));
  add(new Option('--no-quota-check', "send without asking a Harbor first whether the project's quota has room"));
}

/** What push() makes of them; `tags` are those of the reference and the flags. */
export function pushOptions(
  { indexTag, split, splitMaxSize, overwrite, quotaCheck }: PushFlags,
  tags: readonly string[],
): PushOptions {
  return {
    overwrite,
    ...(!quotaCheck && { quotaCheck }),
    ...(tags.length > 0 && { tags }),
    ...(indexTag !== undefined && { indexTags: indexTag }),
    ...(split !== undefined && { split }),
    ...(splitMaxSize !== undefined && { splitMaxSize }),
  };
}
