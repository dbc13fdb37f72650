import { basename } from 'node:path';
import type { Command } from 'commander';
import { EXIT_CODES, optionTable, pickOptions, readRegular } from '../../core/index.js';
import { PUSH_OPTIONS } from '../../stages/index.js';
import { attestVerification, promote, type Promoted } from '../../stages/trust/index.js';
import { declareOptions } from '../options/declare-options.js';
import { required } from '../arguments/required-option.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { safeLine } from '../screen/text.js';
import type { Attached } from '../../trust/index.js';
import type { Session } from '../session/session.js';
import { sessionSigner } from '../trust/key-option.js';
import { withContext } from '../trust/with-context.js';
import { givenSource } from '../arguments/any-source.js';

const OWN = optionTable({
  policy: { kind: 'path', value: 'file', help: 'policy file that it must satisfy, here and there' },
  ...pickOptions(PUSH_OPTIONS, ['overwrite']),
  attestKey: {
    kind: 'text',
    value: 'key',
    help: 'sign that it was promoted, from where and by which policy, and attach that',
  },
});

const EXAMPLE =
  'pipeline promote staging.example.com/m/qwen:v1 prod.example.com/m/qwen:v1 --policy production.policy.yaml';

export function define(command: Command, start: Start): void {
  command
    .description(
      `Verifies an artifact, copies it by digest with its signatures and attestations, verifies it there, then moves the tag.\nExit codes: 0 promoted, ${EXIT_CODES.TRUST_REFUSED} refused, ${EXIT_CODES.TRUST_UNDECIDED} could not tell.`,
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
        const attested =
          own.attestKey === undefined ? undefined : await attestPromotion(session, done, own.attestKey, policy);
        const lines = [
          `verified ${safeLine(done.source.reference)}`,
          `copied   ${done.blobs.sent} blobs sent, ${done.blobs.mounted} mounted, ${done.blobs.exists} there already`,
          `verified ${safeLine(done.destination.reference)}`,
          `tagged   ${safeLine(done.reference)}${done.before === undefined ? '' : `, before ${done.before}`}`,
        ];
        if (attested !== undefined) lines.push(`attested ${attested.predicateType}`);
        const json = { ok: true, ...done, attested };
        session.output.result({ json, text: lines.join('\n'), quiet: done.reference });
      }),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(command, EXAMPLE);
}

/** Attached to what was promoted, in the place that it was promoted to. */
async function attestPromotion(session: Session, done: Promoted, key: string, policy: string): Promise<Attached> {
  const signer = await sessionSigner(session, key);
  const file = { uri: basename(policy), bytes: await readRegular(policy) };
  // What stands in front of tag and digest.
  const place = done.destination.reference.replace(/(:[^/:@]+)?@sha256:[0-9a-f]{64}$/, '');
  return withContext(session, 'attest', async (context) =>
    attestVerification(
      `${place}@${done.digest}`,
      done.destination,
      signer,
      { now: new Date(), policy: file, promotedFrom: done.source.reference },
      context,
    ),
  );
}
