import type { Command } from 'commander';
import { configJsonSchema, loadConfig } from '../../config/index.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { toJson } from '../screen/output.js';
import { optionTable } from '../../core/index.js';
import { CONFIG_FLAGS, LINT_FLAG } from '../options/config-flags.js';
import { declareOptions } from '../options/declare-options.js';
import { showPlan } from '../session/show-plan.js';

const OWN = optionTable({
  ...CONFIG_FLAGS,
  ...LINT_FLAG,
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
        const loaded = await loadConfig(config, {
          directory: session.directory,
          env: session.env,
          mode: 'plan',
          set: options.set,
        });
        await showPlan(session, loaded, options.tensors === true, options.lint);
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
