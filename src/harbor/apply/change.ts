import type { Harbor } from '../open-harbor.js';
import type { Project } from '../projects.js';
import type { HarborChange, HarborSettings } from './settings.js';

/** What the parts of an application share. */
export interface Work {
  readonly harbor: Harbor;
  readonly settings: HarborSettings;
  /** Only look. */
  readonly dryRun: boolean;
  readonly changes: HarborChange[];
  readonly robots: { name: string; secret: string }[];
  readonly listener: ApplyListener;
}

/** Who hears of an application while it goes on: what was done before a failure is not lost then. */
export interface ApplyListener {
  readonly onChange?: (change: HarborChange) => void;
  /** A new robot's password, which Harbor tells once; the application waits for it to be kept. */
  readonly onRobot?: (robot: { readonly name: string; readonly secret: string }) => Promise<void>;
}

/** What the parts below a project share; without a project in a dry run that would create it. */
export interface ProjectWork extends Work {
  readonly project: Project | undefined;
}

/** Notes a change and, unless it is a dry run, makes it. */
export async function carryOut(work: Work, change: HarborChange, action: () => Promise<void>): Promise<void> {
  if (!work.dryRun && (change.change === 'created' || change.change === 'updated')) await action();
  note(work, change);
}

/** Notes what is not carried out. */
export function note(work: Work, change: HarborChange): void {
  work.changes.push(change);
  work.listener.onChange?.(change);
}

type Comparable = string | number | boolean | undefined;

/** `public: false → true`, for each pair that differs; empty when none does. */
export function differences(
  pairs: readonly (readonly [name: string, before: Comparable, after: Comparable])[],
): string {
  return pairs
    .filter(([, before, after]) => after !== undefined && before !== after)
    .map(([name, before, after]) => `${name}: ${shown(before)} → ${shown(after)}`)
    .join(', ');
}

function shown(value: Comparable): string {
  return value === undefined || value === '' ? 'none' : String(value);
}
