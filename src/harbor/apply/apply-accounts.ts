import { createLabel, isSameLabel, listLabels, updateLabel, type LabelSpec } from '../labels.js';
import { createRobot, isRobotNamed, listRobots, rightsOf, updateRobot, type Right, type RobotSpec } from '../robots.js';
import { carryOut, differences, type ProjectWork } from './change.js';

/** Creates robots and brings their rights to what is wanted; their passwords stay. */
export async function applyRobots(work: ProjectWork): Promise<void> {
  const { harbor, settings, project } = work;
  if (settings.robots === undefined) return;
  const present = project === undefined ? [] : await listRobots(harbor, project);
  for (const spec of settings.robots) {
    const robot = present.find((one) => isRobotNamed(one, settings.project, spec.name));
    if (robot === undefined) {
      const detail = rightsText(rightsOf(spec));
      await carryOut(work, { kind: 'robot', name: spec.name, change: 'created', detail }, async () => {
        const { name, secret } = await createRobot(harbor, settings.project, spec);
        work.robots.push({ name, secret });
        await work.listener.onRobot?.({ name, secret });
      });
      continue;
    }
    const detail = differences([
      ['rights', rightsText(robot.rights), rightsText(rightsOf(spec))],
      ['days', robot.days, spec.days ?? -1],
      ['description', robot.description, spec.description],
      ['disabled', robot.disabled, false],
    ]);
    const change = detail === '' ? 'unchanged' : 'updated';
    const complete: RobotSpec = { ...spec, description: spec.description ?? robot.description };
    await carryOut(work, { kind: 'robot', name: spec.name, change, detail }, async () =>
      updateRobot(harbor, settings.project, robot, complete),
    );
  }
}

/** Creates labels and brings their colours and descriptions to what is wanted. */
export async function applyLabels(work: ProjectWork): Promise<void> {
  const { harbor, settings, project } = work;
  if (settings.labels === undefined) return;
  const present = project === undefined ? [] : await listLabels(harbor, project.id);
  for (const spec of settings.labels) {
    const { name } = spec;
    const label = present.find((one) => one.name === name);
    if (label === undefined) {
      await carryOut(work, { kind: 'label', name, change: 'created', detail: '' }, async () => {
        if (project !== undefined) await createLabel(harbor, project.id, spec);
      });
      continue;
    }
    const detail = differences([
      ['color', label.color, spec.color],
      ['description', label.description, spec.description],
    ]);
    const change = isSameLabel(label, spec) ? 'unchanged' : 'updated';
    const complete: LabelSpec = { ...label, ...statedFields(spec) };
    await carryOut(work, { kind: 'label', name, change, detail: change === 'unchanged' ? '' : detail }, async () => {
      if (project !== undefined) await updateLabel(harbor, project.id, label.id, complete);
    });
  }
}

function statedFields(spec: LabelSpec): LabelSpec {
  const { name, color, description } = spec;
  return { name, ...(color === undefined ? {} : { color }), ...(description === undefined ? {} : { description }) };
}

function rightsText(rights: readonly Right[]): string {
  return rights
    .map(({ resource, action }) => `${resource}:${action}`)
    .sort()
    .join(' ');
}
