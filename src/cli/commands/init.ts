import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Option, type Command } from 'commander';
import { SlipwayError } from '../../core/index.js';
import type { Start } from '../program/command-module.js';
import { configTemplate, type TemplateFormat } from '../setup/config-template.js';
import { addExamples } from '../program/help.js';
import { collect } from '../collect.js';
import { ask } from '../setup/prompt.js';

interface InitCommandOptions {
  readonly from?: string;
  readonly to: string;
  readonly quantize?: readonly string[];
  readonly format: TemplateFormat;
}

export function define(command: Command, start: Start): void {
  command
    .description('Writes a configuration to start from. Never replaces one that is there.')
    .argument('[dir]', 'where', '.')
    .option('--from <source>', 'hf://org/name or ./directory; asked for on a terminal')
    .option('--to <target>', 'host/repository or layout:./dir', 'layout:./models')
    .option('--quantize <type>', 'a type to quantize to (repeatable); Q4_K_M unless given', collect)
    .addOption(
      new Option('--format <kind>', 'ts is checked while you type, yaml runs no code')
        .choices(['ts', 'yaml'])
        .default('ts'),
    )
    .action(async (dir: string, options: InitCommandOptions) =>
      start(async (session) => {
        const from =
          options.from ??
          (await ask(session, 'Source (hf://org/name): ', 'pipeline init --from hf://Qwen/Qwen2.5-0.5B-Instruct'));
        const directory = session.path(dir);
        const path = join(directory, `pipeline.config.${options.format}`);
        const content = configTemplate({
          from,
          to: options.to,
          types: options.quantize ?? ['Q4_K_M'],
          format: options.format,
        });
        await mkdir(directory, { recursive: true });
        await writeNew(path, content);
        const shown = relative(session.directory, path);
        session.note(`next: pipeline plan ${shown}`);
        session.output.result({ json: { ok: true, path }, text: shown });
      }),
    );
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
