import { join } from 'node:path';
import type { Command } from 'commander';
import { EXIT_CODES, optionTable, SlipwayError, type OptionsOf } from '../../core/index.js';
import {
  answered,
  bundlePath,
  openIdentity,
  verifyDirectoryReport,
  verifyFileReport,
  verifyReference,
} from '../../stages/trust/index.js';
import {
  loadPolicy,
  MODEL_SIGNATURE,
  policyJsonSchema,
  signaturePolicy,
  type Policy,
  type VerifyReport,
} from '../../trust/index.js';
import { ToldFailure, type Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import type { Session } from '../session/session.js';
import { declareOptions } from '../options/declare-options.js';
import { trustPlace, type TrustPlace } from '../trust/place.js';
import { verifyText } from '../trust/verify-text.js';
import { withContext } from '../trust/with-context.js';

const OWN = optionTable({
  key: {
    kind: 'text',
    list: true,
    value: 'pub',
    help: 'public key that must have signed it: PEM file or env://NAME',
  },
  policy: { kind: 'path', value: 'file', help: 'policy file (YAML) that it must satisfy' },
  signature: { kind: 'path', value: 'file', help: 'signature of a directory or file, where it does not lie beside it' },
  ignoreUnsignedFiles: { kind: 'flag', help: 'accept files of a directory that nobody signed' },
  blobs: { kind: 'flag', help: 'read every blob and check its digest' },
  schema: { kind: 'flag', help: "print the policy file's JSON Schema" },
});
type VerifyCommandOptions = OptionsOf<typeof OWN>;

const EXAMPLE = 'pipeline verify harbor.example.com/models/qwen:q4_k_m --key release.pub';

export function define(command: Command, start: Start): void {
  command
    .description(
      `Verifies who signed an artifact, a directory or a file, and what a policy asks besides. Says what was not checked.\nExit codes: 0 accepted, ${EXIT_CODES.TRUST_REFUSED} refused, ${EXIT_CODES.TRUST_UNDECIDED} could not tell.`,
    )
    .argument('[what]', 'host/repository[:tag][@sha256:…], layout:./dir[:tag], ./directory, model.gguf')
    .action(async (what: string | undefined) =>
      start(async (session) => {
        const { own: options } = await read(session.path);
        if (options.schema === true) {
          const schema = policyJsonSchema();
          session.output.result({ json: schema, text: JSON.stringify(schema, undefined, 2) });
          return;
        }
        if (what === undefined) throw new SlipwayError('USAGE', 'nothing to verify is named', { try: EXAMPLE });
        const policy = await policyOf(session, options);
        const report = await verify(session, trustPlace(what, session.path), policy, options);
        tell(session, report);
      }),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(
    command,
    EXAMPLE,
    'pipeline verify harbor.example.com/models/qwen:q4_k_m --policy production.policy.yaml --json',
    'pipeline verify ./qwen --key release.pub',
    'pipeline verify --schema > policy.schema.json',
  );
}

async function policyOf(session: Session, { key, policy }: VerifyCommandOptions): Promise<Policy> {
  const keys = await Promise.all(
    (key ?? []).map(async (one) => openIdentity(one.startsWith('env://') ? one : session.path(one), session, one)),
  );
  if (policy === undefined && keys.length === 0) {
    throw new SlipwayError('USAGE', 'neither a key nor a policy says whom to trust', {
      try: [EXAMPLE, 'pipeline verify harbor.example.com/models/qwen:q4_k_m --policy production.policy.yaml'],
    });
  }
  if (policy === undefined) return signaturePolicy(keys);
  const loaded = await loadPolicy(policy, session.env);
  return keys.length === 0 ? loaded : { ...loaded, identities: keys };
}

async function verify(
  session: Session,
  place: TrustPlace,
  policy: Policy,
  options: VerifyCommandOptions,
): Promise<VerifyReport> {
  const { signal } = session;
  const { signature } = options;
  switch (place.kind) {
    case 'artifact':
      return withContext(session, 'verify', async (context) =>
        answered(verifyReference(place.address, policy, context, { blobs: options.blobs === true })),
      );
    case 'directory': {
      const ignoreUnsigned = options.ignoreUnsignedFiles === true;
      return verifyDirectoryReport(place.path, signature ?? join(place.path, MODEL_SIGNATURE), policy, {
        ignoreUnsigned,
        signal,
      });
    }
    case 'file':
      return verifyFileReport(place.path, signature ?? bundlePath(place.path), policy, { signal });
    default:
      return place satisfies never;
  }
}

/** The report is the result whatever it says; the exit code says it to scripts. */
function tell(session: Session, report: VerifyReport): void {
  session.output.result({ json: report, text: verifyText(report, session.output.paint), quiet: report.verdict });
  if (report.verdict === 'refused') throw new ToldFailure(EXIT_CODES.TRUST_REFUSED);
  if (report.verdict === 'undecided') throw new ToldFailure(EXIT_CODES.TRUST_UNDECIDED);
}
