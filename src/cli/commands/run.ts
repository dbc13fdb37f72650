import { relative } from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../../config/index.js';
import { formatDuration } from '../../run/index.js';
import type { Start } from '../program/command-module.js';
import { execute } from '../session/execute.js';
import { addExamples } from '../program/help.js';
import { collect } from '../collect.js';
import { runResult } from '../session/run-result.js';
import type { Session } from '../session/session.js';
import { showPlan } from '../session/show-plan.js';
import { quoted } from '../program/usage-error.js';

interface RunCommandOptions {
  readonly dryRun?: boolean;
  readonly set?: readonly string[];
  readonly resume: boolean;
}

export function define(command: Command, start: Start): void {
  command
    .description(
      'Runs the pipeline of a configuration. A second run goes on where the first stopped.\nA TypeScript or JavaScript configuration is code that runs; YAML and JSON are only read.',
    )
    .argument('[config]', 'pipeline.config.ts, .mts, .js, .mjs, .yaml, .yml or .json; found by name if left out')
    .option('--dry-run', 'say what would happen and stop: the same as plan')
    .option('--set <path=value>', 'override a field (repeatable)', collect)
    .option('--no-resume', 'forget what earlier runs kept in the store')
    .action(async (config: string | undefined, options: RunCommandOptions) =>
      start(async (session) => runCommand(session, config, options)),
    );
  addExamples(
    command,
    'pipeline run pipeline.config.ts',
    'pipeline run models.yaml --set limits.memory=2GiB --set convert.quantize=[Q4_K_M,Q8_0]',
    'pipeline run --json > result.json',
  );
}

async function runCommand(session: Session, given: string | undefined, options: RunCommandOptions): Promise<void> {
  const loaded = await loadConfig(given, {
    directory: session.directory,
    env: session.env,
    mode: options.dryRun === true ? 'plan' : 'run',
    ...(options.set === undefined ? {} : { set: options.set }),
  });
  if (options.dryRun === true) {
    await showPlan(session, loaded, false);
    return;
  }
  const shown = relative(session.terminal.cwd, loaded.path);
  const sets = (options.set ?? []).map((set) => ` --set ${quoted(set)}`).join('');
  const result = await execute(session, {
    config: loaded.config,
    configPath: loaded.path,
    description: loaded.description,
    keep: true,
    fresh: !options.resume,
    resume: `pipeline run ${quoted(shown)}${sets}`,
  });
  const report =
    result.record === undefined ? '' : `   report: ${relative(session.terminal.cwd, result.record)}/report.html`;
  session.note(`done in ${formatDuration(result.durationMs)}${report}`);
  session.output.result(runResult(result, session.directory));
}
