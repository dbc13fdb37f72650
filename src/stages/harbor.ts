import { rm, type FileHandle } from 'node:fs/promises';
import {
  openRegularToAppend,
  type Planned,
  type RunContext,
  SlipwayError,
  type Stage,
  type StageReport,
} from '../core/index.js';
import {
  applyHarbor,
  CONTENT_TRUST_LIMIT,
  checkHostedSettings,
  hostedSettingsSchema,
  type AppliedSettings,
  type HarborChange,
  type HostedSettings,
} from '../harbor/index.js';
import { openRunHarbor, projectComes } from './run-harbor.js';

/** How a project of a Harbor should be, and which Harbor that is. */
export type HarborStageOptions = HostedSettings;

/** What a configuration may say of it. */
export const harborSchema: typeof hostedSettingsSchema = hostedSettingsSchema;

/**
 * Brings a project of a Harbor to what the settings say and hands on what it was given: put it anywhere before `push()`,
 * which needs the project. Tells every change; a second run changes nothing. With robots it needs `robotsFile`, because
 * Harbor tells a new robot's password once. Throws `CONFIG_INVALID`.
 */
export function harbor<T = void>(options: HarborStageOptions): Stage<T, T> {
  const { host, robotsFile, ...settings } = checkHostedSettings(options);
  if ((settings.robots ?? []).length > 0 && robotsFile === undefined) throw noPlaceForPasswords();
  const place = `${host}/${settings.project}`;
  return {
    name: 'harbor',
    target: place,
    plan: async (input, context): Promise<Planned<T>> => {
      const opened = await openRunHarbor(host, settings, context);
      const { changes } = await applyHarbor(opened, settings, { dryRun: true });
      if (changes.some(({ kind, change }) => kind === 'project' && change === 'created')) {
        projectComes(opened, settings.project, context);
      }
      const [head, ...rest] = planReports(place, changes);
      const warnings = settings.contentTrust === 'cosign' ? [CONTENT_TRUST_LIMIT] : [];
      return { reports: head === undefined ? [] : [{ ...head, warnings }, ...rest], output: input };
    },
    run: async (input, context) => {
      const started = context.now();
      context.emit({ type: 'stage.start', stage: 'harbor', total: null });
      const opened = await openRunHarbor(host, settings, context);
      const applied = await withRobotsFile(robotsFile, async (keep) =>
        applyHarbor(opened, settings, { onChange: (change) => emitChange(change, context), onRobot: keep }),
      );
      const summary = `${place}: ${summaryOf(applied.changes)}`;
      context.emit({ type: 'stage.end', stage: 'harbor', ok: true, summary, durationMs: context.now() - started });
      return input;
    },
  };
}

function emitChange({ kind, name, change, detail }: HarborChange, context: RunContext): void {
  if (change === 'created' || change === 'updated') {
    context.emit({ type: 'change', stage: 'harbor', kind, name, change, detail });
  }
}

/** `1 created, 2 updated, 6 unchanged`. */
function summaryOf(changes: readonly HarborChange[], prefix: string = ''): string {
  const kinds = ['created', 'updated', 'unchanged', 'kept'] as const;
  const counts = kinds.map((kind) => {
    const count = changes.filter(({ change }) => change === kind).length;
    const happens = kind === 'created' || kind === 'updated';
    return count === 0 ? '' : `${count} ${happens ? prefix : ''}${kind}`;
  });
  return counts.filter(Boolean).join(', ');
}

/** One line for the whole, then one for everything that would be changed. */
function planReports(place: string, changes: readonly HarborChange[]): readonly StageReport[] {
  const coming = changes.filter(({ change }) => change === 'created' || change === 'updated');
  const summary = coming.length === 0 ? 'nothing to change' : summaryOf(changes, 'to be ');
  return [
    { stage: 'harbor', summary: `${place}: ${summary}`, data: { changes } },
    ...coming.map(({ kind, name, change, detail }) => ({
      stage: 'harbor',
      summary: `${kind} ${name} to be ${change}${detail === '' ? '' : `: ${detail}`}`,
    })),
  ];
}

type KeepRobot = (robot: AppliedSettings['robots'][number]) => Promise<void>;

/** Opens the file before anything is changed: a password that cannot be kept must not be made. */
async function withRobotsFile<R>(path: string | undefined, work: (keep: KeepRobot) => Promise<R>): Promise<R> {
  if (path === undefined) return work(async () => Promise.resolve());
  const file = await openRobotsFile(path);
  try {
    return await work(async (robot) => {
      await file.appendFile(`${JSON.stringify(robot)}\n`);
      await file.sync();
    });
  } finally {
    const { size } = await file.stat();
    await file.close();
    // No robot was new: nothing is left behind.
    if (size === 0) await rm(path, { force: true });
  }
}

async function openRobotsFile(path: string): Promise<FileHandle> {
  try {
    const file = await openRegularToAppend(path, 0o600);
    await file.chmod(0o600);
    return file;
  } catch (cause) {
    throw new SlipwayError('DISK_PERMISSION', `'${path}' cannot be written: passwords of new robots would be lost`, {
      where: path,
      cause,
    });
  }
}

function noPlaceForPasswords(): SlipwayError {
  return new SlipwayError('CONFIG_INVALID', 'robots of a Harbor need a file for their passwords', {
    got: 'robots without robotsFile',
    try: ["robotsFile: 'robots.ndjson'", 'pipeline harbor apply HOST FILE, which prints them'],
  });
}
