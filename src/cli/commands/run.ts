import { relative } from 'node:path';
import type { Command } from 'commander';
import { optionTable, type ReadOptions } from '../../core/index.js';
import { loadConfig } from '../../config/index.js';
import { formatDuration } from '../../run/index.js';
import type { Start } from '../program/command-module.js';
import { execute } from '../session/execute.js';
import { addExamples } from '../program/help.js';
import { CONFIG_FLAGS, LINT_FLAG } from '../options/config-flags.js';
import { declareOptions } from '../options/declare-options.js';
import { runResult } from '../session/run-result.js';
import type { Session } from '../session/session.js';
import { showPlan } from '../session/show-plan.js';
import { quoted } from '../screen/text.js';

const OWN = optionTable({
  dryRun: { kind: 'flag', help: 'say what would happen and stop: the same as plan' },
  ...CONFIG_FLAGS,
  ...LINT_FLAG,
  resume: { kind: 'flag', off: true, help: 'forget what earlier runs kept in the store' },
});

export function define(command: Command, start: Start): void {
  command
    .description(
      'Runs the pipeline of a configuration. A second run goes on where the first stopped.\nA TypeScript or JavaScript configuration is code that runs; YAML and JSON are only read.',
    )
    .argument('[config]', 'pipeline.config.ts, .mts, .js, .mjs, .yaml, .yml or .json; found by name if left out')
    .action(async (config: string | undefined) =>
      start(async (session) => runCommand(session, config, (await read(session.path)).own)),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(
    command,
    'pipeline run pipeline.config.ts',
    'pipeline run models.yaml --set limits.memory=2GiB --set convert.quantize=[Q4_K_M,Q8_0]',
    'pipeline run --json > result.json',
  );
}

async function runCommand(
  session: Session,
  given: string | undefined,
  options: ReadOptions<typeof OWN>,
): Promise<void> {
  const loaded = await loadConfig(given, {
    directory: session.directory,
    env: session.env,
    mode: options.dryRun === true ? 'plan' : 'run',
    set: options.set,
  });
  if (options.dryRun === true) {
    await showPlan(session, loaded, false, options.lint);
    return;
  }
  const shown = relative(session.terminal.cwd, loaded.path);
  const sets = (options.set ?? []).map((set) => ` --set ${quoted(set)}`).join('');
  const result = await execute(session, {
    config: loaded.config,
    configPath: loaded.path,
    description: loaded.description,
    keep: true,
    fresh: options.resume === false,
    ...(options.lint !== undefined && { lint: options.lint }),
    resume: `pipeline run ${quoted(shown)}${sets}`,
  });
  const report =
    result.record === undefined ? '' : `   report: ${relative(session.terminal.cwd, result.record)}/report.html`;
  session.note(`done in ${formatDuration(result.durationMs)}${report}`);
  session.output.result(runResult(result, session.directory));
}
