import type { Command } from 'commander';
import { checkedPlace, findCredential, removeLogin } from '../../registry/index.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { removeHubToken } from '../setup/hub-login.js';
import type { Session } from '../session/session.js';

export function define(command: Command, start: Start): void {
  command
    .description('Forgets what login kept for a host.')
    .argument('<host>', 'harbor.example.com, localhost:5000, quay.io/team, huggingface.co')
    .action(async (host: string) =>
      start(async (session) => {
        const removed =
          host === 'huggingface.co' ? await removeHubToken(session.env) : await removeLogin(host, session.env);
        const remainingLogin = host === 'huggingface.co' ? undefined : await remaining(host, session);
        session.output.result({
          json: { ok: true, host, removed, remaining: remainingLogin ?? null },
          text: removed ? `logged out of ${host}` : `nothing was kept for ${host}`,
        });
        if (remainingLogin !== undefined)
          session.note(
            host.includes('/')
              ? `warning: ${host} is asked with the credentials of its host now, from ${remainingLogin}`
              : `warning: ${remainingLogin} still has credentials for ${host}, which others put there`,
          );
      }),
    );
  addExamples(command, 'pipeline logout harbor.example.com');
}

/** Where the credentials come from that would be used now. A helper or file that fails has none to offer. */
async function remaining(host: string, session: Session): Promise<string | undefined> {
  const found = await findCredential(checkedPlace(host), session.env).catch(() => undefined);
  return found?.origin;
}
