import type { Command } from 'commander';
import { EXIT_CODES, optionTable } from '../../core/index.js';
import { ToldFailure, type Start } from '../program/command-module.js';
import type { CheckResult } from '../doctor/check.js';
import { measuredText, measureSettings } from '../doctor/measure-settings.js';
import { runChecks } from '../doctor/run-checks.js';
import { declareOptions } from '../options/declare-options.js';
import { addExamples } from '../program/help.js';
import { marksOf, type Paint } from '../screen/style.js';
import { padEnd, safeLine, widthOf } from '../screen/text.js';

const OWN = optionTable({
  fix: { kind: 'flag', help: 'mend what can be mended here, and look again' },
  measure: { kind: 'flag', help: 'try engines, numbers of threads and the disk, and say which settings are fastest' },
});

export function define(command: Command, start: Start): void {
  command
    .description(
      'Checks the runtime, the disk, the kernels, the hub, and the registries that a configuration names.\nEnds with 0 when nothing failed. With --offline no connection is made.\n--fix sets modes of directories and secrets right and, where the disk is nearly full, removes what was kept over 30 days ago;\nit installs nothing and changes nothing else.',
    )
    .argument('[config]', 'a configuration whose registries are checked too')
    .action(async (config: string | undefined) =>
      start(async (session) => {
        const { own } = await read(session.path);
        const results = await runChecks(session, { config, fix: own.fix === true });
        const measured = own.measure === true ? await measureSettings(session) : undefined;
        const failed = results.find(({ state }) => state === 'fail');
        const marks = marksOf(session.look);
        session.output.result({
          json: {
            ok: failed === undefined,
            checks: results.map(({ code: _code, mend: _mend, ...result }) => result),
            ...(measured && { measured }),
          },
          text: [render(results, session.output.paint, marks), ...(measured ? ['', measuredText(measured)] : [])].join(
            '\n',
          ),
          quiet: failed === undefined ? 'ok' : 'fail',
        });
        if (failed !== undefined) throw new ToldFailure(EXIT_CODES[failed.code ?? 'INTERNAL']);
      }),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(
    command,
    'pipeline doctor',
    'pipeline doctor pipeline.config.ts',
    'pipeline doctor --fix',
    'pipeline doctor --offline --measure',
    'pipeline doctor --offline --json',
  );
}

function render(
  results: readonly CheckResult[],
  paint: Paint,
  marks: { done: string; failed: string; warning: string },
): string {
  const width = Math.max(...results.map(({ name }) => widthOf(safeLine(name))));
  return results
    .flatMap(({ name, state, fact, fix, mended }) => {
      const mark =
        state === 'ok'
          ? paint('good', marks.done)
          : state === 'warn'
            ? paint('warn', marks.warning)
            : paint('bad', marks.failed);
      const first = `${mark} ${padEnd(safeLine(name), width)}  ${safeLine(fact)}`;
      const below = [mended === undefined ? '' : `mended: ${mended}`, fix === undefined ? '' : `try ${fix}`];
      return [first, ...below.filter((line) => line !== '').map((line) => `  ${' '.repeat(width)}  ${safeLine(line)}`)];
    })
    .join('\n');
}
