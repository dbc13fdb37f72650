import type { Command } from 'commander';
import { EXIT_CODES, SlipwayError } from '../../core/index.js';
import { policyJsonSchema } from '../../trust/index.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { declareOptions } from '../options/declare-options.js';
import { trustPlace } from '../trust/place.js';
import { rebuildPlace } from '../trust/rebuild-place.js';
import { policyOf, VERIFY_EXAMPLE, VERIFY_FLAGS } from '../trust/verify-options.js';
import { attestAccepted, printReport, verifyPlace } from '../trust/verify-place.js';

export function define(command: Command, start: Start): void {
  command
    .description(
      `Verifies who signed an artifact, a directory or a file, and what a policy asks besides. Says what was not checked.\nExit codes: 0 accepted, ${EXIT_CODES.TRUST_REFUSED} refused, ${EXIT_CODES.TRUST_UNDECIDED} could not tell.\nWith --rebuild: 0 made again the same, ${EXIT_CODES.TRUST_REFUSED} different, ${EXIT_CODES.TRUST_UNDECIDED} inputs or provenance are not to be had, or of another kind.`,
    )
    .argument(
      '[what]',
      'host/repository[:tag][@sha256:…], layout:./dir[:tag], oci-archive:f.tar[:tag], ./directory, model.gguf',
    )
    .action(async (what: string | undefined) =>
      start(async (session) => {
        const { own: options } = await read(session.path);
        if (options.schema === true) {
          const schema = policyJsonSchema();
          session.output.result({ json: schema, text: JSON.stringify(schema, undefined, 2) });
          return;
        }
        const { rebuild: how } = command.opts<{ readonly rebuild?: string | true }>();
        if (how !== undefined) {
          await rebuildPlace(session, what, how, options);
          return;
        }
        if (what === undefined) throw new SlipwayError('USAGE', 'nothing to verify is named', { try: VERIFY_EXAMPLE });
        const policy = await policyOf(session, options);
        const place = trustPlace(what, session.path);
        const report = await verifyPlace(session, place, policy, options);
        printReport(session, report, await attestAccepted(session, place, report, options));
      }),
    );
  command.option(
    '--rebuild [how]',
    'make it again from what its provenance names, and compare: everything, or sample:N tensors',
  );
  const read = declareOptions(command, { own: VERIFY_FLAGS });
  addExamples(
    command,
    VERIFY_EXAMPLE,
    'pipeline verify harbor.example.com/models/qwen:q4_k_m --policy production.policy.yaml --json',
    'pipeline verify ./qwen --key release.pub',
    'pipeline verify layout:./models:q4_k_m --key release.pub --bundle qwen.sigstore.json --offline',
    'pipeline verify --schema > policy.schema.json',
  );
}
