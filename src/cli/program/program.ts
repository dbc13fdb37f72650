import { collect } from '../collect.js';
import { Command, Option } from 'commander';
import { COMMANDS } from './command-list.js';
import type { Start } from './command-module.js';
import { addExamples, formatHelp } from './help.js';

const OUTPUT = 'Output';
const NETWORK = 'Network';
const LIMITS = 'Limits';

/** Global options that take a value: their values are not the command's name. */
const VALUED = new Set([
  '-C',
  '--directory',
  '--progress',
  '--color',
  '--memory',
  '--concurrency',
  '--threads',
  '--insecure-http',
  '--ca-file',
  '--client-cert',
  '--auth-host',
  '--chunk-size',
]);

/** How the program's own output is written. */
export interface ProgramOutput {
  readonly writeOut: (text: string) => void;
}

/** Builds the command tree; only commands named in `load` are loaded with their options. */
export async function buildProgram(
  load: readonly string[],
  start: (program: Command) => Start,
  output: ProgramOutput,
): Promise<Command> {
  const program = new Command('pipeline');
  configure(program, output);
  program
    .usage('<command> [options]')
    .description('Takes a model from where it is published to where it is served: download, convert, package, push.')
    .helpCommand('help [command]', 'show help for a command');
  addGlobalOptions(program);
  addExamples(
    program,
    'pipeline init --from hf://Qwen/Qwen2.5-0.5B-Instruct',
    'pipeline plan pipeline.config.ts',
    'pipeline run pipeline.config.ts',
    'pipeline convert hf://Qwen/Qwen2.5-0.5B-Instruct --quantize Q4_K_M -o qwen.gguf',
  );
  for (const entry of COMMANDS) {
    const command = program.command(entry.name).helpGroup(entry.group).summary(entry.summary);
    command.description(`${entry.summary.charAt(0).toUpperCase()}${entry.summary.slice(1)}.`);
    configure(command, output);
    if (load.includes(entry.name)) (await entry.load()).define(command, start(program));
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
    .showSuggestionAfterError(true)
    .configureHelp({ formatHelp })
    .helpOption('-h, --help', 'show this help')
    // What went wrong is printed by whoever catches the error, in the form that was asked for.
    .configureOutput({ writeOut: output.writeOut, writeErr: () => {}, outputError: () => {} });
}

function addGlobalOptions(program: Command): void {
  const add = (group: string, option: Option): void => {
    program.addOption(option.helpGroup(group));
  };
  add(OUTPUT, new Option('--json', 'one JSON document on stdout'));
  add(OUTPUT, new Option('-q, --quiet', 'only the one value that a script wants'));
  add(OUTPUT, new Option('--progress <how>', 'progress on stderr').choices(['auto', 'tty', 'plain', 'ndjson', 'none']));
  add(OUTPUT, new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']));
  add(OUTPUT, new Option('--debug', 'stack traces and every event on stderr'));
  add(LIMITS, new Option('--memory <size>', 'bytes that may be in flight: 2GiB; wins over the configuration'));
  add(LIMITS, new Option('--concurrency <count>', 'files or blobs on their way at the same time'));
  add(LIMITS, new Option('--threads <count>', 'worker threads'));
  add('Options', new Option('-C, --directory <dir>', 'start in this directory'));
  add('Options', new Option('-V, --version', 'the version'));
  add(NETWORK, new Option('--offline', 'refuse every connection'));
  add(
    NETWORK,
    new Option('--insecure-http <host>', 'speak plain HTTP to this host:port (repeatable)').argParser(collect),
  );
  add(NETWORK, new Option('--ca-file <pem>', 'trust these certificate authorities too'));
  add(
    NETWORK,
    new Option('--client-cert <host=cert,key>', 'show this certificate to this host:port (repeatable)').argParser(
      collect,
    ),
  );
  add(NETWORK, new Option('--chunk-size <size>', 'send blobs in requests of at most this size: 8MiB'));
  add(
    NETWORK,
    new Option(
      '--auth-host <registry=host>',
      'this registry’s token server is that host: credentials may go there (repeatable)',
    ).argParser(collect),
  );
}
