import type { CommanderError } from 'commander';
import { nearest, SlipwayError, type ErrorCode } from '../../core/index.js';
import { quoted } from '../screen/text.js';
import { COMMANDS } from './command-list.js';
import { plainWords } from './program.js';

const CODES: Readonly<Record<string, ErrorCode>> = {
  'commander.unknownOption': 'USAGE_UNKNOWN_FLAG',
  'commander.unknownCommand': 'USAGE_UNKNOWN_COMMAND',
};

/** What the parser found, in our words: the sentence, and the command line that was probably meant. */
export function usageError(error: CommanderError, argv: readonly string[], command: readonly string[]): SlipwayError {
  if (error.code === 'commander.help') return noCommand(argv, command);
  const [first = '', ...rest] = error.message.split('\n');
  const message = first.replace(/^error: /, '').replace(/\.$/, '');
  const wrong = /'([^']+)'/.exec(message)?.[1];
  const meant = suggestions(rest.join(' '));
  const fixed = wrong === undefined ? [] : meant.map((word) => replaceWord(argv, wrong, word));
  return new SlipwayError(CODES[error.code] ?? 'USAGE', message, {
    try: fixed.length > 0 ? fixed : ['pipeline', ...command, '--help'].join(' '),
    context: { ...(wrong === undefined ? {} : { received: wrong }), meant },
  });
}

/** A group of commands without one of them; `help` with a word that is none. */
function noCommand(argv: readonly string[], command: readonly string[]): SlipwayError {
  const [first, unknown] = plainWords(argv);
  if (first === 'help' && unknown !== undefined) {
    const near = nearest(
      unknown,
      COMMANDS.map(({ name }) => name),
    );
    return new SlipwayError('USAGE_UNKNOWN_COMMAND', `unknown command '${unknown}'`, {
      try: near === undefined ? 'pipeline --help' : `pipeline help ${near}`,
      context: { received: unknown, meant: near === undefined ? [] : [near] },
    });
  }
  const group = ['pipeline', ...command].join(' ');
  return new SlipwayError('USAGE', `'${group}' needs a command`, { try: `${group} --help`, context: { meant: [] } });
}

/** `(Did you mean one of --pre, --pure?)` as a list. */
function suggestions(text: string): string[] {
  const list = /Did you mean (?:one of )?([^?]+)\?/.exec(text)?.[1];
  return list === undefined ? [] : list.split(',').map((word) => word.trim());
}

function replaceWord(argv: readonly string[], wrong: string, meant: string): string {
  const words = argv.map((word) =>
    word === wrong ? meant : word.startsWith(`${wrong}=`) ? `${meant}${word.slice(wrong.length)}` : word,
  );
  return `pipeline ${words.map(quoted).join(' ')}`;
}
