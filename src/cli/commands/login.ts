import type { Command } from 'commander';
import { optionTable, SlipwayError, type ReadOptions } from '../../core/index.js';
import type { Start } from '../program/command-module.js';
import { declareOptions } from '../options/declare-options.js';
import { addExamples } from '../program/help.js';
import { checkHubToken, storeHubToken } from '../setup/hub-login.js';
import { ask, readInput } from '../setup/prompt.js';
import { checkLogin, registryPlace } from '../setup/registry-login.js';
import type { Session } from '../session/session.js';
import { storeLogin } from '../../registry/index.js';

const OWN = optionTable({
  username: {
    kind: 'text',
    short: 'u',
    value: 'name',
    help: 'user or robot name; single quotes keep the dollar of robot$project+name',
  },
  passwordStdin: { kind: 'flag', help: 'read the password or token from standard input' },
  check: { kind: 'flag', off: true, help: 'keep them without trying them' },
});

type LoginOptions = ReadOptions<typeof OWN>;

const HUB = 'huggingface.co';

export function define(command: Command, start: Start): void {
  command
    .description(
      "Keeps credentials for a registry, or a token for huggingface.co, after trying them.\nThey go to Docker's credential helper when there is one, else into a file that only you can read.",
    )
    .argument('<host>', 'harbor.example.com, localhost:5000, quay.io/team (for what lies below), huggingface.co')
    .action(async (host: string) =>
      start(async (session) => {
        const { own: options } = await read(session.path);
        const where = host === HUB ? await hubLogin(session, options) : await registryLogin(session, host, options);
        session.output.result({
          json: { ok: true, host, where },
          text: `logged in to ${host}; kept in ${where}`,
          quiet: where,
        });
      }),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(
    command,
    'pipeline login harbor.example.com',
    'echo "$TOKEN" | pipeline login harbor.example.com --username \'robot$models+ci\' --password-stdin',
    'pipeline login quay.io/team --username team+robot',
    'echo "$HF_TOKEN" | pipeline login huggingface.co --password-stdin',
  );
}

async function registryLogin(session: Session, host: string, options: LoginOptions): Promise<string> {
  registryPlace(host);
  const username = options.username ?? (await ask(session, 'Username: ', '--username NAME'));
  const password = await secret(session, 'Password: ', options);
  const login = { username, password };
  if (options.check !== false) await checkLogin(session, host, login);
  const stored = await storeLogin(host, login, session.env);
  if (stored.kind === 'plain')
    session.note(
      `warning: ${host.includes('/') ? 'credential helpers keep whole hosts only' : 'no credential helper is configured'}; kept unencrypted in ${stored.where}`,
    );
  return stored.where;
}

async function hubLogin(session: Session, options: LoginOptions): Promise<string> {
  const token = await secret(session, 'Token: ', options);
  if (options.check !== false) await checkHubToken(session, token);
  return storeHubToken(token, session.env);
}

async function secret(session: Session, question: string, options: LoginOptions): Promise<string> {
  const value =
    options.passwordStdin === true ? await readInput(session) : await ask(session, question, '--password-stdin', true);
  if (value === '')
    throw new SlipwayError('USAGE', 'the password is empty', { try: 'echo "$TOKEN" | pipeline login …' });
  return value;
}
