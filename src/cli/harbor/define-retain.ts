import type { Command } from 'commander';
import { getProject, runRetention } from '../../harbor/index.js';
import type { Start } from '../program/command-module.js';
import { declareOptions } from '../options/declare-options.js';
import { addExamples } from '../program/help.js';
import { safeLine, table } from '../screen/text.js';
import { withHarbor } from './with-harbor.js';

/** `harbor retain`. */
export function defineRetain(harbor: Command, start: Start): void {
  const command = harbor
    .command('retain')
    .summary('run the retention policy now')
    .description(
      'Runs the retention policy of a project now: deletes what no rule keeps. Harbor tells its end some half a minute later.',
    )
    .argument('<host>', 'harbor.example.com')
    .argument('<project>', 'its name')
    .action(async (host: string, project: string) =>
      start(async (session) => {
        const { dryRun = false } = (await read(session.path)).own;
        const { id, repositories } = await withHarbor(session, { host, path: project }, async (opened) =>
          runRetention(opened, await getProject(opened, project), dryRun),
        );
        const deleted = repositories.reduce((sum, { artifacts, kept }) => sum + artifacts - kept, 0);
        const rows = repositories.map(({ repository, artifacts, kept }) => [
          safeLine(`${project}/${repository}`),
          `${artifacts - kept} of ${artifacts} ${dryRun ? 'would be deleted' : 'deleted'}`,
        ]);
        session.output.result({
          json: { ok: true, dryRun, run: id, deleted, repositories },
          text: rows.length === 0 ? 'there is nothing' : table(rows),
          quiet: String(deleted),
        });
      }),
    );
  const read = declareOptions(command, {
    own: { dryRun: { kind: 'flag', help: 'let Harbor say how much would be deleted, and delete nothing' } },
  });
  addExamples(
    command,
    'pipeline harbor retain harbor.example.com models --dry-run',
    'pipeline harbor retain harbor.example.com models',
  );
}
