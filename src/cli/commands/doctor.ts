import type { Command } from 'commander';
import { EXIT_CODES } from '../../core/index.js';
import { ToldFailure, type Start } from '../program/command-module.js';
import type { CheckResult } from '../doctor/check.js';
import { runChecks } from '../doctor/run-checks.js';
import { addExamples } from '../program/help.js';
import { marksOf, type Paint } from '../screen/style.js';
import { padEnd, safeLine, widthOf } from '../screen/text.js';

export function define(command: Command, start: Start): void {
  command
    .description(
      'Checks the runtime, the disk, the kernels, the hub, and the registries that a configuration names.\nEnds with 0 when nothing failed. With --offline no connection is made.',
    )
    .argument('[config]', 'a configuration whose registries are checked too')
    .action(async (config: string | undefined) =>
      start(async (session) => {
        const results = await runChecks(session, config);
        const failed = results.find(({ state }) => state === 'fail');
        const marks = marksOf(session.look);
        session.output.result({
          json: { ok: failed === undefined, checks: results.map(({ code: _code, ...result }) => result) },
          text: render(results, session.output.paint, marks),
          quiet: failed === undefined ? 'ok' : 'fail',
        });
        if (failed !== undefined) throw new ToldFailure(EXIT_CODES[failed.code ?? 'INTERNAL']);
      }),
    );
  addExamples(command, 'pipeline doctor', 'pipeline doctor pipeline.config.ts', 'pipeline doctor --offline --json');
}

function render(
  results: readonly CheckResult[],
  paint: Paint,
  marks: { done: string; failed: string; warning: string },
): string {
  const width = Math.max(...results.map(({ name }) => widthOf(safeLine(name))));
  return results
    .flatMap(({ name, state, fact, fix }) => {
      const mark =
        state === 'ok'
          ? paint('good', marks.done)
          : state === 'warn'
            ? paint('warn', marks.warning)
            : paint('bad', marks.failed);
      const first = `${mark} ${padEnd(safeLine(name), width)}  ${safeLine(fact)}`;
      return fix === undefined ? [first] : [first, `  ${' '.repeat(width)}  try ${safeLine(fix)}`];
    })
    .join('\n');
}
