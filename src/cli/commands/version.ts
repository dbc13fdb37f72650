import type { Command } from 'commander';
import { optionTable, SlipwayError } from '../../core/index.js';
import { engineName } from '../../quantize/index.js';
import { isLater, latestVersion } from '../facts/latest-version.js';
import { LLAMA_CPP } from '../facts/llama-cpp.js';
import { declareOptions } from '../options/declare-options.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { table } from '../screen/text.js';
import type { Session } from '../session/session.js';

const OWN = optionTable({
  check: { kind: 'flag', help: 'ask npm whether there is a later version; nothing asks by itself' },
});

export function define(command: Command, start: Start): void {
  command.description('Says what this is and what it runs on: the block to paste into an issue.').action(async () =>
    start(async (session) => {
      const { own } = await read(session.path);
      const latest = own.check === true ? await checked(session) : undefined;
      const later = latest !== undefined && isLater(latest, session.version);
      const facts = {
        slipway: session.version,
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        'llama.cpp': `${LLAMA_CPP.release} (${LLAMA_CPP.commit})`,
        kernels: [engineName('auto'), 'wasm simd', 'js'].filter((name) => name !== 'wasm').join(', '),
      };
      const verdict = later ? `${latest}   (npm install slipway@${latest})` : `${latest}, this is the latest`;
      session.output.result({
        json: latest === undefined ? facts : { ...facts, latest, upToDate: !later },
        text: table(Object.entries(latest === undefined ? facts : { ...facts, latest: verdict })),
        quiet: latest ?? session.version,
      });
    }),
  );
  const read = declareOptions(command, { own: OWN });
  addExamples(command, 'pipeline version', 'pipeline version --json', 'pipeline version --check', 'pipeline --version');
}

/** What npm would install. Throws `OFFLINE` where nothing may be asked. */
async function checked({ env, network, signal }: Session): Promise<string> {
  if (network.offline === true) {
    throw new SlipwayError('OFFLINE', 'npm is not asked: the command is offline', {
      try: 'leave out --offline (PIPELINE_OFFLINE, HF_HUB_OFFLINE)',
    });
  }
  return latestVersion('slipway', env, signal);
}
