import type { Command } from 'commander';
import { configJsonSchema, loadConfigs, resolveLimits, type LoadedConfig } from '../../config/index.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { toJson } from '../screen/output.js';
import { optionTable } from '../../core/index.js';
import { CONFIG_FLAGS, LINT_FLAG, ONLY_FLAG } from '../options/config-flags.js';
import { declareOptions } from '../options/declare-options.js';
import type { Result } from '../screen/output.js';
import type { Session } from '../session/session.js';
import { showPlans } from '../session/show-plans.js';

const OWN = optionTable({
  ...CONFIG_FLAGS,
  ...ONLY_FLAG,
  ...LINT_FLAG,
  showConfig: { kind: 'flag', help: 'print the configuration as it would run, with its limits, and stop' },
  tensors: { kind: 'flag', help: 'every tensor with its type and shape' },
  schema: { kind: 'flag', help: 'print the JSON Schema of YAML and JSON configurations, and stop' },
});

export function define(command: Command, start: Start): void {
  command
    .description(
      "Says what a run would do: files, bytes, tensors and their types, memory, disk, and the target's tags.\nNo weight is read and nothing is written. A TypeScript or JavaScript configuration is code that runs.",
    )
    .argument('[config]', 'as for run')
    .action(async (config: string | undefined) =>
      start(async (session) => {
        const { own: options } = await read(session.path);
        if (options.schema === true) {
          const schema = await configJsonSchema();
          session.output.result({ json: schema, text: toJson(schema) });
          return;
        }
        const loaded = await loadConfigs(config, {
          directory: session.directory,
          env: session.env,
          mode: 'plan',
          set: options.set,
          only: options.only,
        });
        if (options.showConfig === true) session.output.result(await configResult(session, loaded));
        else await showPlans(session, loaded, options.tensors === true, options.lint);
      }),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(
    command,
    'pipeline plan pipeline.config.ts',
    'pipeline plan models.yaml --tensors',
    'pipeline plan --schema > pipeline.schema.json',
  );
}

/** The configuration with overrides and limits applied; secrets stay references. */
async function configResult(session: Session, loaded: readonly LoadedConfig[]): Promise<Result> {
  const { configText } = await import('../../config/config-text.js');
  const shown = loaded.map(({ config, description }) => ({
    ...(description as object),
    limits: resolveLimits(config.limits, session.env),
    store: config.store ?? 'disk',
  }));
  const [first] = loaded;
  const json = shown.length === 1 ? { config: shown[0] } : { pipelines: shown };
  return {
    json: { ok: true, path: first?.path ?? null, home: session.home, ...json },
    text: configText(shown),
  };
}
