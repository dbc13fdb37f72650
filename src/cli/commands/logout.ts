import type { Command } from 'commander';
import { removeLogin } from '../../registry/index.js';
import type { Start } from '../command-module.js';
import { addExamples } from '../help.js';
import { removeHubToken } from '../hub-login.js';

export function define(command: Command, start: Start): void {
  command
    .description('Forgets what login kept for a host.')
    .argument('<host>', 'harbor.example.com, localhost:5000, docker.io, huggingface.co')
    .action(async (host: string) =>
      start(async (session) => {
        const removed =
          host === 'huggingface.co' ? await removeHubToken(session.env) : await removeLogin(host, session.env);
        session.output.result({
          json: { ok: true, host, removed },
          text: removed ? `logged out of ${host}` : `nothing was kept for ${host}`,
        });
      }),
    );
  addExamples(command, 'pipeline logout harbor.example.com');
}
