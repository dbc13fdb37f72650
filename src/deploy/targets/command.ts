import type { DeployTarget } from '../deployed.js';
import { llamaServer } from '../llama-server.js';
import { resourceName } from '../naming.js';
import { vllmServer } from '../vllm.js';

/** Two command lines for one machine: what pulls the files, and what serves them. */
export const command: DeployTarget = {
  name: 'command',
  summary: 'a command line of llama-server (or vllm serve) on this machine',
  build: (model, options) => {
    const name = resourceName(model, options);
    const directory = `./${name}`;
    const server =
      model.weights === 'safetensors'
        ? vllmServer('command', model, directory, options)
        : llamaServer('command', model, directory, options, { host: '127.0.0.1' });
    const program = server.command ?? ['llama-server'];
    const lines = [
      '#!/bin/sh',
      'set -eu',
      `pipeline pull ${shellWord(model.pinned)} ${shellWord(directory)}`,
      `exec ${[...program, ...server.args].map(shellWord).join(' ')}`,
    ];
    return {
      target: 'command',
      resources: [],
      files: { 'serve.sh': `${lines.join('\n')}\n` },
      reasons: server.reasons,
      // There is no image to pin.
      warnings: server.warnings.filter((text) => !/--image/.test(text)),
      needs: [server.kind === 'vllm' ? 'vLLM' : 'llama-server of llama.cpp'],
      server,
    };
  },
};

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
