import { SlipwayError } from '../core/index.js';
import { asObjects, field, flagField, numberField, textField, type AnswerObject } from './answer.js';
import { requireId } from './api.js';
import type { Harbor } from './open-harbor.js';
import type { Project } from './projects.js';

/** One thing a robot may do: `{ resource: 'repository', action: 'push' }`. */
export interface Right {
  readonly resource: string;
  readonly action: string;
}

/** Named sets of rights: `push` for CI that pushes models, `pull` for what serves them. */
export type RobotRole = 'push' | 'pull';

const PULL: readonly Right[] = [
  { resource: 'repository', action: 'pull' },
  { resource: 'artifact', action: 'read' },
  { resource: 'artifact', action: 'list' },
];

/**
 * The least that does the work. Pushing and pulling alone would not do: reading back what Harbor shows needs artifacts
 * listed and read, and their additions (README, licence, files); asking before a push whether the project has room needs
 * project and quota read. Measured: these two open the project's own page and its two numbers, no members, no rules.
 */
const ROLES: Readonly<Record<RobotRole, readonly Right[]>> = {
  pull: PULL,
  push: [
    ...PULL,
    { resource: 'repository', action: 'push' },
    { resource: 'artifact-addition', action: 'read' },
    { resource: 'project', action: 'read' },
    { resource: 'quota', action: 'read' },
  ],
};

/** A robot account of one project, as it should be. */
export interface RobotSpec {
  /** Without prefix: `ci` becomes `robot$PROJECT+ci`. */
  readonly name: string;
  /** `push` unless given. */
  readonly rights?: RobotRole | readonly Right[] | undefined;
  /** Days that it lives; it never ends unless given. */
  readonly days?: number | undefined;
  readonly description?: string | undefined;
}

/** A robot account as Harbor has it. */
export interface Robot {
  readonly id: number;
  /** In full, as it logs in: `robot$models+ci`. */
  readonly name: string;
  readonly description: string;
  /** -1 for one that never ends. */
  readonly days: number;
  readonly disabled: boolean;
  readonly rights: readonly Right[];
}

/** A robot with its password, which Harbor tells this once and never again. */
export interface CreatedRobot {
  readonly id: number;
  readonly name: string;
  readonly secret: string;
}

/** The rights of a role, or those given. */
export function rightsOf(spec: Pick<RobotSpec, 'rights'>): readonly Right[] {
  const { rights = 'push' } = spec;
  return typeof rights === 'string' ? ROLES[rights] : rights;
}

/** Creates a robot in a project and returns its password. */
export async function createRobot(harbor: Harbor, project: string, spec: RobotSpec): Promise<CreatedRobot> {
  const { id, body } = await harbor.api.create({
    path: '/robots',
    doing: `create the robot '${spec.name}' of '${project}'`,
    body: robotBody(project, spec),
  });
  const [name, secret] = [textField(body, 'name'), textField(body, 'secret')];
  if (name === '' || secret === '') {
    throw new SlipwayError('HARBOR_PROTOCOL', `'${harbor.host}' created a robot without saying its name and password`, {
      try: 'delete it and create it anew',
    });
  }
  return { id: requireId(id, harbor.host, `the robot '${name}'`), name, secret };
}

/** The robots of a project. */
export async function listRobots(harbor: Harbor, project: Pick<Project, 'id' | 'name'>): Promise<readonly Robot[]> {
  const found = await harbor.api.list({
    path: '/robots',
    query: { q: `Level=project,ProjectID=${project.id}` },
    doing: `list the robots of '${project.name}'`,
  });
  return found.map((robot) => toRobot(robot, harbor));
}

/** Brings a robot to what is specified; its password stays. */
export async function updateRobot(harbor: Harbor, project: string, robot: Robot, spec: RobotSpec): Promise<void> {
  await harbor.api.change({
    method: 'PUT',
    path: `/robots/${robot.id}`,
    doing: `change the robot '${robot.name}'`,
    body: { ...robotBody(project, spec), id: robot.id, name: robot.name, editable: true },
  });
}

export async function deleteRobot(harbor: Harbor, robot: Pick<Robot, 'id' | 'name'>): Promise<void> {
  await harbor.api.change({ method: 'DELETE', path: `/robots/${robot.id}`, doing: `delete the robot '${robot.name}'` });
}

/** True for the robot that a name means: Harbor puts `robot$PROJECT+` in front, and the prefix can be configured. */
export function isRobotNamed(robot: Pick<Robot, 'name'>, project: string, name: string): boolean {
  return robot.name.endsWith(`${project}+${name}`) && /^[^+]*$/.test(robot.name.slice(0, -`+${name}`.length));
}

function robotBody(project: string, spec: RobotSpec): Record<string, unknown> {
  return {
    name: spec.name,
    description: spec.description ?? '',
    level: 'project',
    // 0 and nothing at all are refused.
    duration: spec.days ?? -1,
    disable: false,
    permissions: [{ kind: 'project', namespace: project, access: rightsOf(spec) }],
  };
}

function toRobot(robot: AnswerObject, { host }: Harbor): Robot {
  const name = textField(robot, 'name');
  const rights = asObjects(field(robot, 'permissions')).flatMap((permission) => asObjects(field(permission, 'access')));
  return {
    id: requireId(numberField(robot, 'id'), host, `the robot '${name}'`),
    name,
    description: textField(robot, 'description'),
    days: numberField(robot, 'duration') ?? -1,
    disabled: flagField(robot, 'disable'),
    rights: rights.map((right) => ({ resource: textField(right, 'resource'), action: textField(right, 'action') })),
  };
}
