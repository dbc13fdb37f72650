import type { Command } from 'commander';
import { configJsonSchema, loadConfig } from '../../config/index.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { toJson } from '../screen/output.js';
import { collect } from '../collect.js';
import { showPlan } from '../session/show-plan.js';

interface PlanCommandOptions {
  readonly set?: readonly string[];
  readonly tensors?: boolean;
  readonly schema?: boolean;
}

export function define(command: Command, start: Start): void {
  command
    .description(
      "Says what a run would do: files, bytes, tensors and their types, memory, disk, and the target's tags.\nNo weight is read and nothing is written. A TypeScript or JavaScript configuration is code that runs.",
    )
    .argument('[config]', 'as for run')
    .option('--set <path=value>', 'override a field (repeatable)', collect)
    .option('--tensors', 'every tensor with its type and shape')
    .option('--schema', 'print the JSON Schema of YAML and JSON configurations, and stop')
    .action(async (config: string | undefined, options: PlanCommandOptions) =>
      start(async (session) => {
        if (options.schema === true) {
          const schema = await configJsonSchema();
          session.output.result({ json: schema, text: toJson(schema) });
          return;
        }
        const loaded = await loadConfig(config, {
          directory: session.directory,
          env: session.env,
          mode: 'plan',
          ...(options.set === undefined ? {} : { set: options.set }),
        });
        await showPlan(session, loaded, options.tensors === true);
      }),
    );
  addExamples(
    command,
    'pipeline plan pipeline.config.ts',
    'pipeline plan models.yaml --tensors',
    'pipeline plan --schema > pipeline.schema.json',
  );
}
