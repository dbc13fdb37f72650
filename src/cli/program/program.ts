import { Command } from 'commander';
import { GLOBAL_OPTIONS } from '../options/global-options.js';
import { tableOptions, type TableOption } from '../options/table-option.js';
import type { CommandEntry, Start } from './command-module.js';
import { addExamples, formatHelp } from './help.js';

const globalOptions = (): TableOption[] =>
  Object.entries(GLOBAL_OPTIONS).flatMap(([key, row]) => tableOptions([key], row));

/** Global options that take a value: their values are not the command's name. */
const VALUED: ReadonlySet<string> = new Set(
  globalOptions()
    .filter(({ required }) => required)
    .flatMap(({ short, long }) => [short ?? '', long ?? '']),
);

/** How the program's own output is written. */
export interface ProgramOutput {
  readonly writeOut: (text: string) => void;
}

/** Builds the command tree; only commands named in `load` are loaded with their options. */
export async function buildProgram(
  commands: readonly CommandEntry[],
  load: readonly string[],
  start: (program: Command) => Start,
  output: ProgramOutput,
): Promise<Command> {
  const whole = async (): Promise<Command> =>
    buildProgram(
      commands,
      commands.map(({ name }) => name),
      () => async () => {},
      output,
    );
  const program = new Command('pipeline');
  configure(program, output);
  program
    .usage('<command> [options]')
    .description('Takes a model from where it is published to where it is served: download, convert, package, push.')
    .helpCommand('help [command]', 'show help for a command');
  for (const option of globalOptions()) program.addOption(option);
  addExamples(
    program,
    'pipeline init --from hf://Qwen/Qwen2.5-0.5B-Instruct',
    'pipeline plan pipeline.config.ts',
    'pipeline run pipeline.config.ts',
    'pipeline convert hf://Qwen/Qwen2.5-0.5B-Instruct --quantize Q4_K_M -o qwen.gguf',
  );
  for (const entry of commands) {
    const command = program.command(entry.name).helpGroup(entry.group).summary(entry.summary);
    command.description(`${entry.summary.charAt(0).toUpperCase()}${entry.summary.slice(1)}.`);
    configure(command, output);
    if (load.includes(entry.name)) (await entry.load()).define(command, start(program), whole);
  }
  return program;
}

/** The name of the command in a command line, known or not; `help run` is about `run`. */
export function commandNames(argv: readonly string[]): string[] {
  const words = plainWords(argv);
  return words[0] === 'help' ? words.slice(1, 2) : words.slice(0, 1);
}

/** The words of a command line that name a command: `harbor`, `robot`, `create`. */
export function commandPath(program: Command, argv: readonly string[]): string[] {
  const path: string[] = [];
  let commands = program.commands;
  for (const word of plainWords(argv)) {
    const found = commands.find((one) => one.name() === word);
    if (found === undefined) break;
    path.push(word);
    commands = found.commands;
  }
  return path;
}

/** What is neither a flag nor the value of a global one. */
export function plainWords(argv: readonly string[]): string[] {
  const words: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') break;
    if (VALUED.has(word)) index += 1;
    else if (!word.startsWith('-')) words.push(word);
  }
  return words;
}

function configure(command: Command, output: ProgramOutput): void {
  command
    .exitOverride()
    // What was probably meant is looked for where the error is told.
    .showSuggestionAfterError(false)
    .configureHelp({ formatHelp })
    .helpOption('-h, --help', 'show this help')
    // What went wrong is printed where the error is caught, in the form that was asked for.
    .configureOutput({ writeOut: output.writeOut, writeErr: () => {}, outputError: () => {} });
}
