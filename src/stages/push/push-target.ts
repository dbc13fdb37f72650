import type { RunContext } from '../../core/index.js';
import type { OpenedTarget } from '../../registry/index.js';
import { openPushTarget } from '../open-run-target.js';
import type { PushOptions } from '../options/index.js';

/** A tag in the address is as good as one in the options. */
export function openTagged(
  to: string,
  options: PushOptions,
  context: RunContext,
): OpenedTarget & { options: PushOptions } {
  const opened = openPushTarget(to, options, context, 'push');
  return {
    ...opened,
    options: opened.tag === undefined ? options : { ...options, tags: options.tags ?? [opened.tag] },
  };
}
