import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Command } from 'commander';
import { optionTable, SlipwayError } from '../../core/index.js';
import type { Start } from '../program/command-module.js';
import { configTemplate, type TemplateFormat } from '../setup/config-template.js';
import { FILE_TYPE_NAMES } from '../../quantize/index.js';
import { addExamples } from '../program/help.js';
import { declareOptions } from '../options/declare-options.js';
import { ask } from '../setup/prompt.js';

const FORMATS = ['ts', 'yaml'] as const satisfies readonly TemplateFormat[];

const OWN = optionTable({
  from: { kind: 'text', value: 'source', help: 'hf://org/name or ./directory; asked for on a terminal' },
  to: { kind: 'text', value: 'target', default: 'layout:./models', help: 'host/repository or layout:./dir' },
  quantize: {
    kind: 'text',
    list: true,
    value: 'type',
    known: FILE_TYPE_NAMES,
    help: 'a type to quantize to (repeatable); Q4_K_M unless given',
  },
  format: {
    kind: 'choice',
    choice: FORMATS,
    default: 'ts',
    value: 'kind',
    help: 'ts is checked while you type, yaml runs no code',
  },
});

export function define(command: Command, start: Start): void {
  command
    .description('Writes a configuration to start from. Never replaces one that is there.')
    .argument('[dir]', 'where', '.')
    .action(async (dir: string) =>
      start(async (session) => {
        const { own } = await read(session.path);
        const { to, quantize: types = ['Q4_K_M'], format } = own;
        const from =
          own.from ??
          (await ask(session, 'Source (hf://org/name): ', 'pipeline init --from hf://Qwen/Qwen2.5-0.5B-Instruct'));
        const directory = session.path(dir);
        const path = join(directory, `pipeline.config.${format}`);
        const content = configTemplate({ from, to, types, format });
        await mkdir(directory, { recursive: true });
        await writeNew(path, content);
        const shown = relative(session.directory, path);
        session.note(`next: pipeline plan ${shown}`);
        session.output.result({ json: { ok: true, path }, text: shown });
      }),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(
    command,
    'pipeline init --from hf://Qwen/Qwen2.5-0.5B-Instruct',
    'pipeline init --from hf://Qwen/Qwen2.5-0.5B-Instruct --to harbor.example.com/models/qwen --quantize Q4_K_M --quantize Q8_0',
    'pipeline init ./ci --from ./my-model --format yaml',
  );
}

async function writeNew(path: string, content: string): Promise<void> {
  try {
    await writeFile(path, content, { flag: 'wx' });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') {
      throw new SlipwayError('TARGET_EXISTS', `'${path}' is there already`, {
        try: `edit it, or choose another directory`,
      });
    }
    throw new SlipwayError('DISK_PERMISSION', `'${path}' cannot be written`, { cause });
  }
}
