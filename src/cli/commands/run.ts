import { relative } from 'node:path';
import type { Command } from 'commander';
import { optionTable, type ReadOptions } from '../../core/index.js';
import { loadConfigs, type LoadedConfig } from '../../config/index.js';
import { formatDuration, heldUpBy, type RunResult } from '../../run/index.js';
import { safeLine } from '../screen/text.js';
import type { Start } from '../program/command-module.js';
import { execute } from '../session/execute.js';
import { addExamples } from '../program/help.js';
import { CONFIG_FLAGS, LINT_FLAG, ONLY_FLAG } from '../options/config-flags.js';
import { ENGINE_FLAG, withEngine } from '../options/engine-flag.js';
import { declareOptions } from '../options/declare-options.js';
import { runResult } from '../session/run-result.js';
import { runSeveral } from '../session/run-several.js';
import type { Session } from '../session/session.js';
import { showPlans } from '../session/show-plans.js';
import { quoted } from '../screen/text.js';

const OWN = optionTable({
  dryRun: { kind: 'flag', help: 'say what would happen and stop: the same as plan' },
  ...CONFIG_FLAGS,
  ...ONLY_FLAG,
  ...LINT_FLAG,
  ...ENGINE_FLAG,
  resume: { kind: 'flag', off: true, help: 'forget what earlier runs kept in the store' },
  failFast: { kind: 'flag', help: 'of several pipelines: none after one that failed' },
});

type Options = ReadOptions<typeof OWN>;

export function define(command: Command, start: Start): void {
  command
    .description(
      'Runs the pipelines of a configuration, one after another. A second run goes on where the first stopped.\nA TypeScript or JavaScript configuration is code that runs; YAML and JSON are only read.\nOf several pipelines each ends by itself, and the exit code is that of the first that failed.',
    )
    .argument('[config]', 'pipeline.config.ts, .mts, .js, .mjs, .yaml, .yml or .json; found by name if left out')
    .action(async (config: string | undefined) =>
      start(async (session) => {
        const { own } = await read(session.path);
        return runCommand(withEngine(session, own.engine), config, own);
      }),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(
    command,
    'pipeline run pipeline.config.ts',
    'pipeline run models.yaml --set limits.memory=2GiB --set convert.quantize=[Q4_K_M,Q8_0]',
    "pipeline run models.yaml --only 'qwen-*'",
    'pipeline run --json > result.json',
  );
}

async function runCommand(session: Session, configPath: string | undefined, options: Options): Promise<void> {
  const loaded = await loadConfigs(configPath, {
    directory: session.directory,
    env: session.env,
    mode: options.dryRun === true ? 'plan' : 'run',
    set: options.set,
    only: options.only,
  });
  if (options.dryRun === true) return showPlans(session, loaded, false, options.lint);
  const [first] = loaded;
  if (first === undefined || loaded.length > 1) {
    return runSeveral(session, loaded, {
      run: async (one, isFirst) => runOne(session, one, options, isFirst),
      failFast: options.failFast === true,
    });
  }
  const result = await runOne(session, first, options, true);
  const report =
    result.record === undefined ? '' : `   report: ${relative(session.terminal.cwd, result.record)}/report.html`;
  session.note(`done in ${formatDuration(result.durationMs)}${safeLine(heldUpBy(result.bottleneck))}${report}`);
  session.output.result(runResult(result, session.directory));
}

async function runOne(session: Session, loaded: LoadedConfig, options: Options, isFirst: boolean): Promise<RunResult> {
  const shown = relative(session.terminal.cwd, loaded.path);
  const sets = (options.set ?? []).map((set) => ` --set ${quoted(set)}`).join('');
  const only = (options.only ?? []).map((name) => ` --only ${quoted(name)}`).join('');
  return execute(session, {
    config: loaded.config,
    configPath: loaded.path,
    description: loaded.description,
    keep: true,
    fresh: isFirst && options.resume === false,
    lint: options.lint,
    resume: `pipeline run ${quoted(shown)}${only}${sets}`,
  });
}
