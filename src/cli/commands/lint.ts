import { relative, sep } from 'node:path';
import type { Command } from 'commander';
import { optionTable, pickOptions, PROJECT_ADDRESS } from '../../core/index.js';
import { sarifLog, type LintReport } from '../../lint/index.js';
import { DOWNLOAD_OPTIONS, lint } from '../../stages/index.js';
import { givenSource } from '../arguments/any-source.js';
import { lintText } from '../inspect/lint-text.js';
import { declareOptions } from '../options/declare-options.js';
import { ToldFailure, type Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { toJson } from '../screen/output.js';
import type { Session } from '../session/session.js';
import { withContext } from '../trust/with-context.js';

/** As linters have it. What went wrong has the exit code of its error, which is more than 1. */
const FOUND = 1;

const OWN = optionTable({
  sarif: { kind: 'flag', help: 'print SARIF 2.1.0, for code-scanning views' },
});
const SOURCE = pickOptions(DOWNLOAD_OPTIONS, ['revision', 'variant']);

export function define(command: Command, start: Start): void {
  command
    .description(
      [
        'Looks a model over before anything loads it: chat template, special tokens, context and vocabulary sizes, file names,',
        'strict reading of GGUF and safetensors, licence, what can run code. Only headers and small files are read.',
        'Exit codes: 0 no errors, 1 errors found, more on trouble.',
      ].join('\n'),
    )
    .argument('<what>', './dir, model.gguf, hf://org/name, host/repository[:tag], layout:./dir[:tag]')
    .action(async (what: string) =>
      start(async (session) => {
        const { own, from } = await read(session.path);
        const { source } = givenSource(what, session.path);
        const report = await withContext(session, 'lint', async (context) => lint(source, from, context));
        printFindings(session, report, own.sarif === true ? folderOf(session, what, source) : undefined);
        const isClean = report.ok && (!session.strict || report.counts.warning === 0);
        if (!isClean) throw new ToldFailure(FOUND);
      }),
    );
  const read = declareOptions(command, { own: OWN, from: SOURCE });
  addExamples(
    command,
    'pipeline lint ./qwen',
    'pipeline lint hf://Qwen/Qwen2.5-0.5B-Instruct --json',
    'pipeline lint model-Q4_K_M.gguf --strict',
    'pipeline lint harbor.example.com/models/qwen:v1 --sarif > lint.sarif',
  );
}

/** `folder` is set when SARIF is wanted. */
function printFindings(session: Session, report: LintReport, folder: string | undefined): void {
  const { error, warning } = report.counts;
  if (folder === undefined) {
    session.output.result({
      json: report,
      text: lintText(report, session.output.paint),
      quiet: String(error + warning),
    });
    return;
  }
  const log = sarifLog(report, { version: session.version, homepage: PROJECT_ADDRESS, folder });
  const text = toJson(log);
  session.output.result({ json: log, text, quiet: text });
}

/** Where files of a local model stand, seen from where the command runs: code-scanning views know files by that. */
function folderOf(session: Session, directory: string, source: string): string {
  if (/^[a-z][a-z0-9]*:/i.test(source)) return '';
  const short = relative(session.directory, session.path(directory)).split(sep).join('/');
  if (short.startsWith('../') || short === '' || short === '..') return '';
  const isFile = /\.(gguf|safetensors|onnx)$/i.test(directory);
  return isFile ? short.slice(0, short.lastIndexOf('/') + 1) : `${short}/`;
}
