import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { isMissing, optionTable, readRegularText, SlipwayError, type OptionsOf } from '../../core/index.js';
import { isJsonObject, jsonField, parseJson, type JsonValue } from '../../files/index.js';
import { bundlePath, resolveArtifact, signFile } from '../../stages/trust/index.js';
import { attachSubject, attestOnce, PREDICATES, predicateTypeOf, subjectOf } from '../../trust/index.js';
import { declareOptions } from '../options/declare-options.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import type { Result } from '../screen/output.js';
import { required } from '../arguments/required-option.js';
import type { Session } from '../session/session.js';
import { attachedResult, BUNDLE_FLAGS, KeptBundles } from '../trust/attached.js';
import { KEY_HELP } from '../trust/key-option.js';
import { commandSigner, KEYLESS_FLAGS } from '../trust/keyless-options.js';
import { trustPlace } from '../trust/place.js';
import { withContext } from '../trust/with-context.js';

const OWN = optionTable({
  key: { kind: 'text', value: 'key', help: KEY_HELP },
  ...KEYLESS_FLAGS,
  predicate: { kind: 'path', value: 'file', help: 'JSON document that is said about it' },
  type: { kind: 'text', value: 'type', help: 'predicate type: a URI, or slsa, cyclonedx, spdx, vsa' },
  signature: { kind: 'path', value: 'file', help: 'where the bundle of a file goes' },
  ...BUNDLE_FLAGS,
});

/** Larger predicates make bundles that Kyverno and this command's own counterpart refuse. */
const PREDICATE_LIMIT = 7 * 1024 * 1024;
const EXAMPLE =
  'pipeline attest harbor.example.com/m/qwen:v1 --key k.key --predicate scores.json --type https://example.com/scores/v1';

export function define(command: Command, start: Start): void {
  command
    .description(
      'Attaches a signed statement: a predicate of any type about an artifact or a file. A second time adds nothing.',
    )
    .argument('<what>', 'host/repository[:tag][@sha256:…], layout:./dir[:tag], oci-archive:f.tar[:tag], model.gguf')
    .action(async (what: string) =>
      start(async (session) => {
        const { own: options } = await read(session.path);
        const file = required(options.predicate, '--predicate <file>', EXAMPLE);
        const predicateType = typeOf(required(options.type, '--type <type>', EXAMPLE));
        const predicate = await readPredicate(file, file);
        requireShape(predicateType, predicate, file);
        session.output.result(await attest(session, what, { predicateType, predicate }, options));
      }),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(
    command,
    EXAMPLE,
    'pipeline attest qwen-Q4_K_M.gguf --key release.key --predicate bom.json --type cyclonedx',
  );
}

interface Said {
  readonly predicateType: string;
  readonly predicate: JsonValue;
}

async function attest(
  session: Session,
  what: string,
  { predicateType, predicate }: Said,
  options: OptionsOf<typeof OWN>,
): Promise<Result> {
  const place = trustPlace(what, session.path);
  if (place.kind === 'directory') {
    throw new SlipwayError('USAGE', 'a directory has no digest that a statement could be about', {
      try: `pipeline sign ${what} --key ${options.key ?? 'release.key'}`,
    });
  }
  const signer = await commandSigner(session, options, EXAMPLE);
  if (place.kind === 'file') {
    const to = options.signature ?? options.bundle ?? bundlePath(place.path);
    await writeFile(to, await signFile(place.path, { predicateType, predicate }, signer, session.signal));
    return { json: { ok: true, file: place.path, predicateType, signature: to }, text: to };
  }
  return withContext(session, 'attest', async (context) => {
    const { target, descriptor, reference } = await resolveArtifact(place.address, context, 'attest');
    const statement = { subject: [subjectOf(descriptor.digest, target.name)], predicateType, predicate };
    const kept = new KeptBundles(options.bundle, options.upload);
    const how = { created: new Date(), signal: context.signal, ...kept.options };
    const attached = await attestOnce(target, attachSubject(descriptor), statement, signer, how);
    return attachedResult(reference, descriptor.digest, [attached], await kept.write());
  });
}

function typeOf(typeName: string): string {
  const type = predicateTypeOf(typeName);
  if (type !== undefined) return type;
  throw new SlipwayError('USAGE', `'${typeName}' is neither a URI nor a known predicate type`, {
    try: ['slsa', 'cyclonedx', 'spdx', 'vsa', 'https://example.com/evaluation/v1'],
  });
}

/** What a document of a known type has to have, as cosign asks before it signs one: a typo is not signed. */
const SHAPES: ReadonlyMap<string, readonly string[]> = new Map([
  [PREDICATES.slsa, ['buildDefinition', 'runDetails']],
  [PREDICATES.cyclonedx, ['bomFormat', 'specVersion']],
  [PREDICATES.vsa, ['verifier', 'verificationResult']],
]);

function requireShape(predicateType: string, predicate: JsonValue, name: string): void {
  const wanted = SHAPES.get(predicateType) ?? [];
  const missing = wanted.find((key) => !isJsonObject(predicate) || jsonField(predicate, key) === undefined);
  if (missing === undefined) return;
  throw new SlipwayError('USAGE', `'${name}' is no predicate of the type '${predicateType}'`, {
    where: name,
    got: `no '${missing}'`,
    try: 'another --type, or the document that it names',
  });
}

async function readPredicate(path: string, name: string): Promise<JsonValue> {
  const text = await readRegularText(path).catch((cause: unknown) => {
    if (!isMissing(cause)) throw cause;
    throw new SlipwayError('NOT_FOUND', `there is no predicate '${name}'`, { where: path, cause });
  });
  if (text.length > PREDICATE_LIMIT) {
    throw new SlipwayError('USAGE', `'${name}' is too large for a statement`, {
      got: `${text.length} characters, limit ${PREDICATE_LIMIT}`,
    });
  }
  return parseJson(text, name);
}
