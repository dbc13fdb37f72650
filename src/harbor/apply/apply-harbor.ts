import { SlipwayError } from '../../core/index.js';
import type { Harbor } from '../open-harbor.js';
import { applyLabels, applyRobots } from './apply-accounts.js';
import { applyProject } from './apply-project.js';
import { applyPreheat, applyReplication } from './apply-replication.js';
import { applyImmutable, applyRetention } from './apply-rules.js';
import type { ApplyListener, ProjectWork, Work } from './change.js';
import type { AppliedSettings, HarborSettings } from './settings.js';
import { checkSettings } from './settings-schema.js';

/**
 * Brings a project of a Harbor to what the settings say, and reports every single thing: created, updated, unchanged.
 * A second application changes nothing. Nothing is ever deleted, except the rules of a retention policy that the
 * settings replace. With `dryRun` nothing is sent but questions.
 *
 * When it fails half-way, what was done stays, and the next application goes on from there; the password of a robot
 * that was created before the failure is lost with it unless `onRobot` keeps it, so robots come last.
 */
export async function applyHarbor(
  harbor: Harbor,
  settings: HarborSettings,
  options: { readonly dryRun?: boolean } & ApplyListener = {},
): Promise<AppliedSettings> {
  const { dryRun = false, ...listener } = options;
  const work: Work = { harbor, settings: checkSettings(settings), dryRun, changes: [], robots: [], listener };
  try {
    const inProject: ProjectWork = { ...work, project: await applyProject(work) };
    await applyImmutable(inProject);
    await applyRetention(inProject);
    await applyLabels(inProject);
    await applyReplication(inProject);
    await applyPreheat(inProject);
    await applyRobots(inProject);
  } catch (error) {
    throw withDone(error, work);
  }
  return { changes: work.changes, robots: work.robots };
}

/** What a failure leaves behind is told with it. */
function withDone(error: unknown, { changes, dryRun }: Work): unknown {
  const done = changes.filter(({ change }) => change === 'created' || change === 'updated');
  if (dryRun || done.length === 0 || !SlipwayError.is(error)) return error;
  const list = done.map(({ kind, name, change }) => `${kind} ${name} ${change}`).join(', ');
  return new SlipwayError(error.code, error.message, {
    ...error.details,
    kept: `${list}; the next application goes on`,
  });
}
