import type { Command } from 'commander';
import { optionTable, pickOptions } from '../../core/index.js';
import { PUSH_OPTIONS } from '../../stages/index.js';
import { promote } from '../../stages/trust/index.js';
import { declareOptions } from '../options/declare-options.js';
import { required } from '../arguments/required-option.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { safeLine } from '../screen/text.js';
import { withContext } from '../trust/with-context.js';
import { givenSource } from '../arguments/any-source.js';

const OWN = optionTable({
  policy: { kind: 'path', value: 'file', help: 'policy file that it must satisfy, here and there' },
  ...pickOptions(PUSH_OPTIONS, ['overwrite']),
});

const EXAMPLE =
  'pipeline promote staging.example.com/m/qwen:v1 prod.example.com/m/qwen:v1 --policy production.policy.yaml';

export function define(command: Command, start: Start): void {
  command
    .description(
      'Verifies an artifact, copies it by digest with its signatures and attestations, verifies it there, then moves the tag.',
    )
    .argument('<source>', 'host/repository[:tag][@sha256:…], layout:./dir[:tag] or oci-archive:f.tar[:tag]')
    .argument('<destination>', 'host/repository[:tag], layout:./dir[:tag] or oci-archive:f.tar[:tag]')
    .action(async (source: string, destination: string) =>
      start(async (session) => {
        const { own } = await read(session.path);
        const policy = required(own.policy, '--policy <file>', EXAMPLE);
        const [from, to] = [givenSource(source, session.path).source, destination];
        const overwrite = own.overwrite ?? true;
        const done = await withContext(session, 'promote', async (context) =>
          promote(from, to, { policy, overwrite }, context),
        );
        const lines = [
          `verified ${safeLine(done.source.reference)}`,
          `copied   ${done.blobs.sent} blobs sent, ${done.blobs.mounted} mounted, ${done.blobs.exists} there already`,
          `verified ${safeLine(done.destination.reference)}`,
          `tagged   ${safeLine(done.reference)}${done.before === undefined ? '' : `, before ${done.before}`}`,
        ];
        session.output.result({ json: { ok: true, ...done }, text: lines.join('\n'), quiet: done.reference });
      }),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(command, EXAMPLE);
}
