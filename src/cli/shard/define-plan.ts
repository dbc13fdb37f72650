import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { optionTable } from '../../core/index.js';
import { formatBytes } from '../../run/index.js';
import { makePlan, type ShardPlan } from '../../scale/index.js';
import { writeText } from '../../stages/index.js';
import { required } from '../arguments/required-option.js';
import { declareOptions } from '../options/declare-options.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import type { Session } from '../session/session.js';
import { openConfig, withSharded, type PlanConfig } from './open-plan.js';

/** How many parts a model is cut into, at most. */
const MOST_PARTS = 4096;

/** `--parts`. */
export const PARTS = optionTable({
  parts: { kind: 'count', most: MOST_PARTS, help: 'how many machines, or processes, share the work' },
});

const OWN = optionTable({
  ...PARTS,
  output: { kind: 'path', short: 'o', help: 'where the plan goes; stdout unless given' },
});

/** `shard plan`. */
export function definePlan(shard: Command, start: Start): void {
  const command = shard
    .command('plan')
    .summary('cut the work into parts')
    .description(
      'Cuts what a configuration pushes into parts and prints the plan. The same configuration gives the same plan everywhere.\nNo weight is read.',
    )
    .argument('[config]', 'as for run')
    .action(async (config: string | undefined) =>
      start(async (session) => {
        const { parts, output } = (await read(session.path)).own;
        const count = required(parts, '--parts <count>', 'pipeline shard plan pipeline.config.yaml --parts 8');
        const plan = await planOf(session, await openConfig(session, config), count);
        const text = `${JSON.stringify(plan, null, 2)}\n`;
        if (output !== undefined) {
          await mkdir(dirname(output), { recursive: true });
          await writeText(output, text);
        }
        tellPlan(session, plan);
        session.output.result({ json: plan, text: output ?? text.trimEnd(), quiet: plan.digest });
      }),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(command, 'pipeline shard plan pipeline.config.yaml --parts 8 -o plan.json');
}

/** Makes the plan of a configuration. */
export async function planOf(session: Session, config: PlanConfig, parts: number): Promise<ShardPlan> {
  const { output } = await withSharded(session, config, 'shard plan', 'pipeline shard plan', async (sharded) =>
    makePlan(sharded, { parts, config: config.identity }),
  );
  return output;
}

/** What a person wants to know of a plan. */
export function tellPlan(session: Session, plan: ShardPlan): void {
  const { reading, files, parts } = plan;
  const times = reading.model === 0 ? '' : `, ${(reading.parts / reading.model).toFixed(2)} of the model`;
  session.note(
    `plan ${plan.digest}: ${files.length} files in ${parts} parts, ${formatBytes(reading.parts)} to be read${times}`,
  );
  const used = new Set(files.map(({ part }) => part)).size;
  if (used < parts) {
    session.note(`only ${used} of ${parts} parts have work: cut the weights finer (splitMaxSize in pack or push)`);
  }
}
