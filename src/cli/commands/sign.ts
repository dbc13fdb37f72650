import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type OptionsOf, optionTable, SlipwayError } from '../../core/index.js';
import {
  bundlePath,
  resolveArtifact,
  signArtifact,
  signDirectory,
  signFile,
  withCertificates,
} from '../../stages/trust/index.js';
import { MODEL_SIGNATURE, PREDICATES, type Signer } from '../../trust/index.js';
import { declareOptions } from '../options/declare-options.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import type { Result } from '../screen/output.js';
import type { Session } from '../session/session.js';
import { attachedResult, BUNDLE_FLAGS, KeptBundles } from '../trust/attached.js';
import { KEY_HELP } from '../trust/key-option.js';
import { commandSigner, KEYLESS_FLAGS } from '../trust/keyless-options.js';
import { trustPlace, type TrustPlace } from '../trust/place.js';
import { withContext } from '../trust/with-context.js';

const OWN = optionTable({
  key: { kind: 'text', value: 'key', help: KEY_HELP },
  certificate: { kind: 'path', value: 'file', help: "certificate (PEM) of the key, for a directory's model.sig" },
  certificateChain: {
    kind: 'path',
    value: 'file',
    help: 'certificates of the authorities that issued it, which the signature brings as well',
  },
  ...KEYLESS_FLAGS,
  legacy: {
    kind: 'flag',
    off: true,
    help: 'leave out the tag sha256-….sig, which cosign up to 2.5 and Harbor before 2.15 read',
  },
  signature: { kind: 'path', value: 'file', help: 'where the signature of a directory or a file goes' },
  ...BUNDLE_FLAGS,
});

type SignCommandOptions = OptionsOf<typeof OWN>;

const EXAMPLE = 'pipeline sign harbor.example.com/models/qwen:q4_k_m --key release.key';

export function define(command: Command, start: Start): void {
  command
    .description(
      'Signs an artifact as cosign does, a directory as OpenSSF Model Signing does (model.sig), a file with a bundle beside it.\nOf an index every variant and the index. A second time adds nothing.',
    )
    .argument(
      '<what>',
      'host/repository[:tag][@sha256:…], layout:./dir[:tag], oci-archive:f.tar[:tag], ./directory, model.gguf',
    )
    .action(async (what: string) =>
      start(async (session) => {
        const { own: options } = await read(session.path);
        const place = trustPlace(what, session.path);
        const signer = await signerFor(session, place, options);
        const result =
          place.kind === 'artifact'
            ? await signReference(session, place.address, signer, options)
            : await signLocal(session, place, signer, options.signature ?? options.bundle);
        session.output.result(result);
      }),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(
    command,
    EXAMPLE,
    'pipeline sign layout:./models:q4_k_m --key release.key',
    'pipeline sign ./qwen --key release.key',
    'pipeline sign ./qwen --key release.key --certificate release.pem --certificate-chain ca.pem',
    'pipeline sign qwen-Q4_K_M.gguf --key release.key',
    'pipeline sign harbor.example.com/models/qwen:q4_k_m --key release.key --bundle qwen.sigstore.json --no-upload',
    'pipeline sign harbor.example.com/models/qwen:q4_k_m --signing-config signing_config.json --identity-token token.txt',
  );
}

/** A signer of the flags. Chains of certificates are what model.sig may bring: bundles of artifacts and files may not. */
async function signerFor(session: Session, place: TrustPlace, options: SignCommandOptions): Promise<Signer> {
  const { certificate, certificateChain, key } = options;
  const named = certificate ?? certificateChain;
  if (named !== undefined && (place.kind !== 'directory' || certificate === undefined || key === undefined)) {
    throw new SlipwayError('USAGE', '--certificate goes with --key, for a directory', {
      got: place.kind === 'directory' ? undefined : `an ${place.kind}`.replace('an file', 'a file'),
      try: 'pipeline sign ./qwen --key release.key --certificate release.pem --certificate-chain ca.pem',
    });
  }
  const signer = await commandSigner(session, options, EXAMPLE);
  return certificate === undefined ? signer : withCertificates(signer, certificate, certificateChain);
}

async function signReference(
  session: Session,
  address: string,
  signer: Signer,
  { legacy = true, bundle, upload }: SignCommandOptions,
): Promise<Result> {
  return withContext(session, 'sign', async (context) => {
    const kept = new KeptBundles(bundle, upload);
    const artifact = await resolveArtifact(address, context, 'sign');
    const signed = await signArtifact(artifact, signer, { legacy, created: new Date(), ...kept.options }, context);
    return attachedResult(artifact.reference, artifact.descriptor.digest, signed, await kept.write());
  });
}

async function signLocal(
  session: Session,
  place: { readonly kind: 'directory' | 'file'; readonly path: string },
  signer: Signer,
  keyOption: string | undefined,
): Promise<Result> {
  if (place.kind === 'file') {
    const to = keyOption ?? bundlePath(place.path);
    const bytes = await signFile(place.path, { predicateType: PREDICATES.sign, predicate: {} }, signer, session.signal);
    await writeFile(to, bytes);
    return { json: { ok: true, file: place.path, signature: to }, text: to };
  }
  const to = keyOption ?? join(place.path, MODEL_SIGNATURE);
  const { bytes, files } = await signDirectory(place.path, MODEL_SIGNATURE, signer, session.signal);
  await writeFile(to, bytes);
  return {
    json: { ok: true, directory: place.path, signature: to, files },
    text: `${to}  over ${files} files`,
    quiet: to,
  };
}
