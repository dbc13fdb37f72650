import type { CommanderError } from 'commander';
import { nearest, nearestAll, SlipwayError, type ErrorCode } from '../../core/index.js';
import { quoted } from '../screen/text.js';
import { COMMANDS } from './command-list.js';
import type { KnownWords } from './known-words.js';
import { plainWords } from './program.js';

const CODES: Readonly<Record<string, ErrorCode>> = {
  'commander.unknownOption': 'USAGE_UNKNOWN_FLAG',
  'commander.unknownCommand': 'USAGE_UNKNOWN_COMMAND',
};

/** What the parser found, in our words: the sentence, and the command line that was probably meant. */
export function usageError(
  error: CommanderError,
  argv: readonly string[],
  command: readonly string[],
  known: KnownWords,
): SlipwayError {
  const habit =
    error.code === 'commander.unknownCommand' ? HABITS.get(/'([^']+)'/.exec(error.message)?.[1] ?? '') : undefined;
  if (habit !== undefined) return habitOf(error.message.split('\n')[0] ?? '', habit);
  if (error.code === 'commander.help') return noCommand(argv, command);
  const [first = ''] = error.message.split('\n');
  const message = first.replace(/^error: /, '').replace(/\.$/, '');
  const flag = error.code === 'commander.unknownOption' ? /'(--?[\w-]+)/.exec(message)?.[1] : undefined;
  const needless = FLAG_HABITS.get(flag ?? '');
  if (needless !== undefined) {
    return new SlipwayError('USAGE_UNKNOWN_FLAG', message, {
      try: needless,
      context: { received: flag ?? '', meant: [] },
    });
  }
  const type = /^option '--outtype[^']*' argument '([\w-]+)'/.exec(message)?.[1];
  if (type !== undefined) return notOuttype(message, type, argv);
  const [wrong] = /'([^']+)'/.exec(message)?.[1]?.split(/(?<=^--[^=]*)=/) ?? [];
  const meant = wrong === undefined ? [] : wordsMeant(error.code, wrong, known);
  const fixed = wrong === undefined ? [] : meant.map((word) => replaceWord(argv, wrong, word));
  return new SlipwayError(CODES[error.code] ?? 'USAGE', message, {
    try: fixed.length > 0 ? fixed : ['pipeline', ...command, '--help'].join(' '),
    context: { ...(wrong === undefined ? {} : { received: wrong }), meant },
  });
}

/** What people type who come from oras, crane, skopeo, Docker or the Hub's own client, and what does it here. */
const HABITS: ReadonlyMap<string, string> = new Map([
  ['cp', 'pipeline copy SOURCE DESTINATION'],
  ['list', 'pipeline ls host/repository'],
  ['catalog', 'pipeline ls host/repository'],
  ['repo', 'pipeline ls host/repository'],
  ['tags', 'pipeline ls host/repository'],
  ['discover', 'pipeline inspect host/repository:tag'],
  ['manifest', 'pipeline inspect host/repository:tag --json'],
  ['digest', 'pipeline inspect host/repository:tag'],
  ['show', 'pipeline inspect WHAT'],
  ['delete', 'pipeline rm host/repository:tag --dry-run'],
  ['remove', 'pipeline rm host/repository:tag --dry-run'],
  ['rmi', 'pipeline rm host/repository:tag --dry-run'],
  ['save', 'pipeline copy host/repository:tag oci-archive:file.tar'],
  ['export', 'pipeline copy host/repository:tag layout:./dir'],
  ['backup', 'pipeline copy --referrers host/repository:tag layout:./dir'],
  ['load', 'pipeline copy oci-archive:file.tar:tag host/repository:tag'],
  ['restore', 'pipeline copy --referrers layout:./dir:tag host/repository:tag'],
  ['upload', 'pipeline push SOURCE host/repository:tag'],
  ['build', 'pipeline package SOURCE layout:./dir:tag'],
  ['pack', 'pipeline package SOURCE layout:./dir:tag'],
  ['gc', 'pipeline cache prune'],
  ['auth', 'pipeline login HOST'],
]);

/** Flags of llama.cpp's tools, of hf, oras and Docker that are called otherwise here, or are not needed. */
/** llama-perplexity has flags for both halves. */
const KLD = 'pipeline evaluate BASE.gguf --save-kld base.kld, then pipeline evaluate CANDIDATE.gguf --against base.kld';

const FLAG_HABITS: ReadonlyMap<string, string> = new Map([
  ['--from', 'leave it out: a second pipeline run goes on where the first stopped'],
  ['--verbose', '--debug'],
  ['--print-supported-models', 'pipeline archs'],
  ['--no-lazy', 'leave it out: weights are always read piece by piece'],
  ['--use-temp-file', 'leave it out: weights are always read piece by piece'],
  ['--kld', KLD],
  ['--kl-divergence', KLD],
  ['--kl-divergence-base', KLD],
  ['--save-all-logits', KLD],
  ['--nthreads', '--threads 8'],
  ['--local-dir', '-o DIRECTORY'],
  ['--token', "export HF_TOKEN='…', or pipeline login huggingface.co: secrets stand on no command line"],
  ['--password', '--password-stdin, or pipeline login HOST: secrets stand on no command line'],
  ['--plain-http', '--insecure-http HOST:PORT'],
  ['--insecure', '--insecure-http HOST:PORT, or --ca-file ca.pem'],
]);

function habitOf(first: string, habit: string): SlipwayError {
  return new SlipwayError('USAGE_UNKNOWN_COMMAND', first.replace(/^error: /, ''), {
    try: habit,
    context: { meant: [habit.split(' ')[1] ?? ''] },
  });
}

/** Other tools have one flag for both: the converter's few types, and the quantizer's many. */
function notOuttype(message: string, type: string, argv: readonly string[]): SlipwayError {
  const line = argv.map((word) => (word === '--outtype' ? '--quantize' : word === type ? type.toUpperCase() : word));
  return new SlipwayError('USAGE', message, {
    try: [`pipeline ${line.map(quoted).join(' ')}   (--quantize takes the quantizer's types)`, 'pipeline types'],
    context: { received: type, meant: ['--quantize'] },
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

/** Options that a mistyped option is like, commands that a mistyped command is like; nothing for other words. */
function wordsMeant(code: string, wrong: string, { commands, flags }: KnownWords): readonly string[] {
  if (code === 'commander.unknownCommand') return nearestAll(wrong, commands);
  return code === 'commander.unknownOption' && wrong.startsWith('--') ? nearestAll(wrong, flags) : [];
}

function replaceWord(argv: readonly string[], wrong: string, meant: string): string {
  const words = argv.map((word) =>
    word === wrong ? meant : word.startsWith(`${wrong}=`) ? `${meant}${word.slice(wrong.length)}` : word,
  );
  return `pipeline ${words.map(quoted).join(' ')}`;
}
