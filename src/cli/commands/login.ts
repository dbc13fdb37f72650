import type { Command } from 'commander';
import { SlipwayError } from '../../core/index.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { checkHubToken, storeHubToken } from '../setup/hub-login.js';
import { ask, readInput } from '../setup/prompt.js';
import { checkLogin, registryPlace } from '../setup/registry-login.js';
import type { Session } from '../session/session.js';
import { storeLogin } from '../../registry/index.js';

interface LoginCommandOptions {
  readonly username?: string;
  readonly passwordStdin?: boolean;
  readonly check: boolean;
}

const HUB = 'huggingface.co';

export function define(command: Command, start: Start): void {
  command
    .description(
      "Keeps credentials for a registry, or a token for huggingface.co, after trying them.\nThey go to Docker's credential helper when there is one, else into a file that only you can read.",
    )
    .argument('<host>', 'harbor.example.com, localhost:5000, quay.io/team (for what lies below), huggingface.co')
    .option('-u, --username <name>', 'user or robot name; single quotes keep the dollar of robot$project+name')
    .option('--password-stdin', 'read the password or token from standard input')
    .option('--no-check', 'keep them without trying them')
    .action(async (host: string, options: LoginCommandOptions) =>
      start(async (session) => {
        const where = host === HUB ? await hubLogin(session, options) : await registryLogin(session, host, options);
        session.output.result({
          json: { ok: true, host, where },
          text: `logged in to ${host}; kept in ${where}`,
          quiet: where,
        });
      }),
    );
  addExamples(
    command,
    'pipeline login harbor.example.com',
    'echo "$TOKEN" | pipeline login harbor.example.com --username \'robot$models+ci\' --password-stdin',
    'pipeline login quay.io/team --username team+robot',
    'echo "$HF_TOKEN" | pipeline login huggingface.co --password-stdin',
  );
}

async function registryLogin(session: Session, host: string, options: LoginCommandOptions): Promise<string> {
  registryPlace(host);
  const username = options.username ?? (await ask(session, 'Username: ', '--username NAME'));
  const password = await secret(session, 'Password: ', options);
  const login = { username, password };
  if (options.check) await checkLogin(session, host, login);
  const stored = await storeLogin(host, login, session.env);
  if (stored.kind === 'plain')
    session.note(
      `warning: ${host.includes('/') ? 'credential helpers keep whole hosts only' : 'no credential helper is configured'}; kept unencrypted in ${stored.where}`,
    );
  return stored.where;
}

async function hubLogin(session: Session, options: LoginCommandOptions): Promise<string> {
  const token = await secret(session, 'Token: ', options);
  if (options.check) await checkHubToken(session, token);
  return storeHubToken(token, session.env);
}

async function secret(session: Session, question: string, options: LoginCommandOptions): Promise<string> {
  const value =
    options.passwordStdin === true ? await readInput(session) : await ask(session, question, '--password-stdin', true);
  if (value === '')
    throw new SlipwayError('USAGE', 'the password is empty', { try: 'echo "$TOKEN" | pipeline login …' });
  return value;
}
