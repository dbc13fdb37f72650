import { createPublicKey } from 'node:crypto';
import type { Command } from 'commander';
import { isMissing, optionTable, readRegularText, SlipwayError } from '../../core/index.js';
import { generateKeyPair, keyId, readPublicKey } from '../../trust/index.js';
import { declareOptions } from '../options/declare-options.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { keyPassword, sessionSigner } from '../trust/key-option.js';
import { writeNewFile } from '../trust/new-file.js';

const LARGEST_PEM = 64 * 1024;

const GENERATE = optionTable({
  outputKeyPrefix: { kind: 'text', value: 'prefix', help: 'what the two files are called; cosign unless given' },
});

export function define(command: Command, start: Start): void {
  command
    .description('Makes and shows keys that sign models, in the form that cosign reads. Needs no network.')
    .helpCommand(false);
  defineGenerate(command, start);
  definePublic(command, start);
  defineShow(command, start);
  addExamples(
    command,
    'pipeline key generate --output-key-prefix release',
    'pipeline key public release.key',
    'pipeline key show release.pub',
  );
}

function defineGenerate(key: Command, start: Start): void {
  const command = key
    .command('generate')
    .summary('make a pair of keys')
    .description(
      'Makes a P-256 pair as cosign does: PREFIX.key, encrypted with the password in COSIGN_PASSWORD, and PREFIX.pub.\nFiles that are there are never written over.',
    )
    .action(async () =>
      start(async (session) => {
        const { outputKeyPrefix = 'cosign' } = (await read(session.path)).own;
        const [privatePath, publicPath] = [`${outputKeyPrefix}.key`, `${outputKeyPrefix}.pub`];
        const pair = await generateKeyPair(await keyPassword(session));
        await writeNewFile(session.path(privatePath), pair.privateKey, 0o600, [session.path(publicPath)]);
        await writeNewFile(session.path(publicPath), pair.publicKey, 0o644);
        const id = keyId(createPublicKey(pair.publicKey));
        session.output.result({
          json: { ok: true, privateKey: privatePath, publicKey: publicPath, keyId: id },
          text: `${privatePath}  keep it secret, and its password elsewhere\n${publicPath}  give it to everyone who verifies\n`.trimEnd(),
          quiet: publicPath,
        });
      }),
    );
  const read = declareOptions(command, { own: GENERATE });
  addExamples(command, 'COSIGN_PASSWORD=… pipeline key generate --output-key-prefix release');
}

function definePublic(key: Command, start: Start): void {
  const command = key
    .command('public')
    .summary('print the public half of a key')
    .description('Prints the public half of a private key, in PEM.')
    .argument('<key>', 'a PEM file, env://NAME, or exec:PROGRAM')
    .action(async (keyPath: string) =>
      start(async (session) => {
        const { publicKey } = await sessionSigner(session, keyPath);
        const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
        session.output.result({ json: { ok: true, publicKey: pem, keyId: keyId(publicKey) }, text: pem.trimEnd() });
      }),
    );
  addExamples(command, 'pipeline key public release.key > release.pub');
}

function defineShow(key: Command, start: Start): void {
  const command = key
    .command('show')
    .summary('say what a public key is')
    .description('Says what a public key is: its kind, and the digest that names it.')
    .argument('<key>', 'a PEM file with a public key')
    .action(async (keyPath: string) =>
      start(async (session) => {
        const pem = await readRegularText(session.path(keyPath), LARGEST_PEM).catch((cause: unknown) => {
          if (!isMissing(cause)) throw cause;
          throw new SlipwayError('NOT_FOUND', `there is no key '${keyPath}'`, { where: keyPath, cause });
        });
        const publicKey = readPublicKey(pem, keyPath);
        const { namedCurve, modulusLength } = publicKey.asymmetricKeyDetails ?? {};
        const size = namedCurve ?? (modulusLength === undefined ? '' : `${modulusLength} bits`);
        const kind = [publicKey.asymmetricKeyType ?? '', size].filter(Boolean).join(' ');
        const id = keyId(publicKey);
        session.output.result({ json: { ok: true, kind, keyId: id }, text: `${kind}\nsha256 ${id}`, quiet: id });
      }),
    );
  addExamples(command, 'pipeline key show release.pub');
}
