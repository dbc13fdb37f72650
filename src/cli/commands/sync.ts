import type { Command } from 'commander';
import { optionTable, toSlipwayError, waitLong, type ReadOptions } from '../../core/index.js';
import { loadConfigs } from '../../config/index.js';
import { formatDuration } from '../../run/index.js';
import { ToldFailure, type Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { CONFIG_FLAGS, ONLY_FLAG } from '../options/config-flags.js';
import { declareOptions } from '../options/declare-options.js';
import type { Session } from '../session/session.js';
import { syncRound, type Round } from '../sync/round.js';
import type { PruneRules } from '../sync/prune.js';

const OWN = optionTable({
  watch: {
    kind: 'duration',
    least: 1,
    value: 'time',
    help: 'look again after this time, until interrupted: 1h',
  },
  prune: {
    kind: 'choice',
    choice: ['gone', 'unlisted'],
    list: 'commas',
    value: 'rule',
    help: 'which tags to take away, of those that this program made',
  },
  keep: {
    kind: 'count',
    least: 0,
    help: 'of each source keep so many older tags, and take the rest away',
  },
  dryRun: { kind: 'flag', help: 'say what would be published and pruned, and do nothing' },
  ...CONFIG_FLAGS,
  ...ONLY_FLAG,
});

type Options = ReadOptions<typeof OWN>;

export function define(command: Command, start: Start): void {
  command
    .description(
      'Follows the sources of a configuration: publishes what has changed, and nothing else. What was published, and of\nwhat, stands in the registry itself: any machine can go on. One that fails keeps no other from being followed.',
    )
    .argument('[config]', 'as for run; usually of several pipelines: a list, or a matrix')
    .action(async (config: string | undefined) =>
      start(async (session) => syncCommand(session, config, (await read(session.path)).own)),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(
    command,
    'pipeline sync models.yaml',
    'pipeline sync models.yaml --dry-run',
    'pipeline sync models.yaml --watch 1h --metrics slipway.prom',
    'pipeline sync models.yaml --prune gone,unlisted',
  );
}

async function syncCommand(session: Session, configPath: string | undefined, options: Options): Promise<void> {
  const { watch } = options;
  for (;;) {
    const round = await oneRound(session, configPath, options, watch !== undefined);
    if (watch === undefined) {
      session.output.result(round.result);
      if (round.exitCode !== 0) throw new ToldFailure(round.exitCode);
      return;
    }
    await session.flush(round.exitCode);
    session.note(`next in ${formatDuration(watch)}`);
    // The signal ends the waiting, and then the command, as it would end work.
    await waitLong(watch, session.signal);
    if (session.signal.aborted) throw session.signal.reason;
  }
}

/** The configuration is read anew every time. In a watch a file that cannot be read is told, and looked at again. */
async function oneRound(
  session: Session,
  configPath: string | undefined,
  options: Options,
  watches: boolean,
): Promise<Round> {
  const rules = pruneRules(options);
  try {
    const configs = await loadConfigs(configPath, {
      directory: session.directory,
      env: session.env,
      mode: options.dryRun === true ? 'plan' : 'run',
      set: options.set,
      only: options.only,
    });
    return await syncRound(session, configs, rules, options.dryRun === true);
  } catch (thrown) {
    if (!watches || session.signal.aborted) throw thrown;
    const error = toSlipwayError(thrown);
    session.fail(error);
    return { exitCode: 1, result: { json: {}, text: '' } };
  }
}

function pruneRules({ prune = [], keep }: Options): PruneRules | undefined {
  if (prune.length === 0 && keep === undefined) return undefined;
  return { gone: prune.includes('gone'), unlisted: prune.includes('unlisted'), keep };
}
