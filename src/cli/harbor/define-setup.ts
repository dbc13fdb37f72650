import type { Command } from 'commander';
import { loadValue } from '../../config/index.js';
import {
  applyHarbor,
  checkSettings,
  CONTENT_TRUST_LIMIT,
  createRobot,
  getProject,
  isRobotNamed,
  listRobots,
} from '../../harbor/index.js';
import { optionTable, SlipwayError, type ReadOptions } from '../../core/index.js';
import type { HarborSettings, RobotRole } from '../../harbor/index.js';
import type { Start } from '../program/command-module.js';
import { declareOptions } from '../options/declare-options.js';
import { addExamples } from '../program/help.js';
import type { Session } from '../session/session.js';
import { changesText } from './harbor-texts.js';
import { withHarbor } from './with-harbor.js';

const DRY_RUN = optionTable({
  dryRun: { kind: 'flag', help: 'say what would change, and change nothing' },
});

const PROJECT_OPTIONS = optionTable({
  public: { kind: 'flag', help: 'pulling needs no account; private unless set' },
  quota: { kind: 'text', value: 'size', help: '500GiB, 2TiB, unlimited' },
  contentTrust: {
    kind: 'choice',
    choice: ['cosign', 'none'],
    value: 'kind',
    help: 'refuse pulls of what has no signature attached',
  },
  ...DRY_RUN,
});

const ROLES = ['push', 'pull'] as const satisfies readonly RobotRole[];

const ROBOT_OPTIONS = optionTable({
  rights: { kind: 'choice', choice: ROLES, default: 'push', value: 'role', help: 'what it may do' },
  days: { kind: 'text', value: 'days', help: 'how long it lives; for ever unless given' },
  description: { kind: 'text', help: 'what it is for' },
  ...DRY_RUN,
});

/** `harbor project create`. */
export function defineProject(harbor: Command, start: Start): void {
  const project = harbor
    .command('project')
    .helpCommand(false)
    .summary('create a project')
    .description('Projects of a Harbor.');
  const create = project
    .command('create')
    .description('Creates a project, or brings one that exists to what the flags say.')
    .argument('<host>', 'harbor.example.com')
    .argument('<project>', 'its name')
    .action(async (host: string, name: string) =>
      start(async (session) => {
        const { dryRun = false, ...settings } = (await read(session.path)).own;
        await apply(session, host, dryRun, { project: name, ...settings });
      }),
    );
  const read = declareOptions(create, { own: PROJECT_OPTIONS });
  addExamples(create, 'pipeline harbor project create harbor.example.com models --quota 2TiB');
  addExamples(project, 'pipeline harbor project create harbor.example.com models --quota 2TiB');
}

/** `harbor robot create`. */
export function defineRobot(harbor: Command, start: Start): void {
  const robot = harbor
    .command('robot')
    .helpCommand(false)
    .summary('create a robot account')
    .description('Robot accounts of a project.');
  const create = robot
    .command('create')
    .description(
      'Creates a robot account with the least rights, and prints its name and password: Harbor tells the latter once.',
    )
    .argument('<host>', 'harbor.example.com')
    .argument('<project>', 'the one project that it may use')
    .argument('<name>', 'ci becomes robot$project+ci')
    .action(async (host: string, project: string, name: string) =>
      start(async (session) => newRobot(session, { host, project, name }, (await read(session.path)).own)),
    );
  const read = declareOptions(create, { own: ROBOT_OPTIONS });
  const examples = [
    'pipeline harbor robot create harbor.example.com models ci --days 90',
    'pipeline harbor robot create harbor.example.com models serve --rights pull --quiet > password',
  ];
  addExamples(create, ...examples);
  addExamples(robot, ...examples);
}

/** `harbor apply`. */
export function defineApply(harbor: Command, start: Start): void {
  const command = harbor
    .command('apply')
    .summary('bring a project to what a file says')
    .description('Brings a project to what a file says: YAML, JSON or TypeScript. A second time it changes nothing.')
    .argument('<host>', 'harbor.example.com')
    .argument('<file>', 'models.harbor.yaml')
    .action(async (host: string, file: string) =>
      start(async (session) => {
        const { dryRun = false } = (await read(session.path)).own;
        const { directory, env } = session;
        const settings = checkSettings(await loadValue(file, { directory, env, mode: dryRun ? 'plan' : 'run' }));
        await apply(session, host, dryRun, settings);
      }),
    );
  const read = declareOptions(command, { own: DRY_RUN });
  addExamples(
    command,
    'pipeline harbor apply harbor.example.com models.harbor.yaml --dry-run',
    'pipeline harbor apply harbor.example.com models.harbor.yaml --json',
  );
}

async function apply(session: Session, host: string, dryRun: boolean, settings: HarborSettings): Promise<void> {
  const applied = await withHarbor(session, { host, path: settings.project }, async (harbor) =>
    applyHarbor(harbor, settings, { dryRun }),
  );
  if (settings.contentTrust === 'cosign') session.note(`note: ${CONTENT_TRUST_LIMIT}`);
  if (applied.robots.length > 0) session.note('the passwords of new robots are not shown again');
  const changed = applied.changes.filter(({ change }) => change === 'created' || change === 'updated').length;
  session.output.result({
    json: { ok: true, dryRun, changed, ...applied },
    text: changesText(applied, dryRun, session.output.paint),
    quiet: applied.robots.map(({ secret }) => secret).join('\n') || String(changed),
  });
}

async function newRobot(
  session: Session,
  { host, project, name }: { readonly host: string; readonly project: string; readonly name: string },
  options: ReadOptions<typeof ROBOT_OPTIONS>,
): Promise<void> {
  // The settings' own check: names, days and rights are the same in a file.
  const { days, rights, description } = options;
  const spec = {
    name,
    rights,
    days: days === undefined ? undefined : Number(days),
    description,
  };
  checkSettings({ project, robots: [spec] });
  const created = await withHarbor(session, { host, path: project }, async (harbor) => {
    const found = await getProject(harbor, project);
    if ((await listRobots(harbor, found)).some((robot) => isRobotNamed(robot, project, name))) {
      throw new SlipwayError('HARBOR_EXISTS', `'${project}' has a robot '${name}'`, {
        try: ['another name', 'delete it first: its password cannot be shown again'],
      });
    }
    return options.dryRun === true ? undefined : createRobot(harbor, project, spec);
  });
  if (created === undefined) {
    session.output.result({
      json: { ok: true, dryRun: true, name },
      text: `a robot '${name}' would be created`,
      quiet: '',
    });
    return;
  }
  session.note('the password is not shown again');
  session.output.result({
    json: { ok: true, name: created.name, secret: created.secret },
    text: `${created.name}\n${created.secret}`,
    quiet: created.secret,
  });
}
