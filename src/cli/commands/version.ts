import type { Command } from 'commander';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { LLAMA_CPP } from '../facts/llama-cpp.js';
import { engineName } from '../../quantize/index.js';
import { table } from '../screen/text.js';

export function define(command: Command, start: Start): void {
  command.description('Says what this is and what it runs on: the block to paste into an issue.').action(async () =>
    start(async (session) => {
      const facts = {
        slipway: session.version,
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        'llama.cpp': `${LLAMA_CPP.release} (${LLAMA_CPP.commit})`,
        kernels: [engineName('auto'), 'wasm simd', 'js'].filter((name) => name !== 'wasm').join(', '),
      };
      session.output.result({ json: facts, text: table(Object.entries(facts)), quiet: session.version });
    }),
  );
  addExamples(command, 'pipeline version', 'pipeline version --json', 'pipeline --version');
}
