import type { Command } from 'commander';
import { EXIT_CODES, optionTable, type ReadOptions, type RunContext, type SlipwayError } from '../../core/index.js';
import { gateError } from '../../evaluate/index.js';
import {
  EVALUATION_SETTINGS,
  evaluateOnDisk,
  loadGate,
  loadImatrix,
  loadText,
  snapshotOnDisk,
  type EvaluationOutcome,
} from '../../stages/index.js';
import { givenSource, sourceStage } from '../arguments/any-source.js';
import { ToldFailure, type Start } from '../program/command-module.js';
import { errorText } from '../program/error-text.js';
import { evaluationText } from '../evaluate/evaluation-text.js';
import { executeStage } from '../session/execute.js';
import { addExamples } from '../program/help.js';
import { declareOptions } from '../options/declare-options.js';
import type { Session } from '../session/session.js';

const OWN = optionTable({
  against: {
    kind: 'text',
    value: 'base',
    help: 'what it was made from: a GGUF, repository or artifact, or a .kld file',
  },
  saveKld: {
    kind: 'path',
    value: 'file',
    help: 'without --against: write log-probabilities, as llama-perplexity does',
  },
});

export function define(command: Command, start: Start): void {
  command
    .description(
      'Measures a model: perplexity, and against a base KL divergence, agreement and weight error, with the numbers of\nllama-perplexity. Runs an installed llama.cpp; without one the weight error alone. See docs/evaluate.md.',
    )
    .argument(
      '<candidate>',
      'model.gguf, hf://org/name, host/repository[:tag], layout:./dir[:tag], oci-archive:f.tar[:tag]',
    )
    .action(async (candidate: string) =>
      start(async (session) => {
        const { own, settings } = await read(session.path);
        const stage = {
          name: 'evaluate',
          run: async (_input: void, context: RunContext) => work(session, candidate, own, settings, context),
        };
        const { output } = await executeStage(session, stage, `pipeline evaluate ${candidate}`);
        printEvaluation(session, output as EvaluationOutcome, settings.imatrix !== undefined);
      }),
    );
  const read = declareOptions(command, { own: OWN, settings: EVALUATION_SETTINGS });
  addExamples(
    command,
    'pipeline evaluate model-Q4_K_M.gguf --against model-f16.gguf --text wiki.txt --chunks 32',
    "pipeline evaluate model-Q4_K_M.gguf --against model-f16.gguf --gate 'kld.mean<0.05,top.same>90'",
    'pipeline evaluate model-IQ3_S.gguf --against model-f16.gguf --weights-only --json',
  );
}

type Own = ReadOptions<typeof OWN>;
type Settings = ReadOptions<typeof EVALUATION_SETTINGS>;

async function work(
  session: Session,
  candidate: string,
  { against, saveKld }: Own,
  { gate, text, imatrix, ...settings }: Settings,
  context: RunContext,
): Promise<EvaluationOutcome> {
  // What is wrong with rules or texts is said before gigabytes are read.
  const rules = await loadGate(gate, context);
  const content = await loadText(text, context);
  const kld = against?.endsWith('.kld') === true ? session.path(against) : undefined;
  const open = async (given: string) =>
    snapshotOnDisk(await sourceStage(givenSource(given, session.path)).run(undefined, context), 'evaluate', context);
  return evaluateOnDisk(
    {
      ...settings,
      candidate: await open(candidate),
      base: against === undefined || kld !== undefined ? undefined : await open(against),
      kld,
      text: content,
      gate: rules,
      imatrix: (await loadImatrix(imatrix, context)).imatrix,
      writeKld: saveKld,
    },
    context,
  );
}

/** Prints the result, then what is wrong with it, and ends with that error's exit code. */
function printEvaluation(
  session: Session,
  { evaluation, error: unmeasured }: EvaluationOutcome,
  imatrixUsed: boolean,
): void {
  const { candidate, gate = [], weightError, metrics } = evaluation;
  const failed = gate.some(({ passed }) => !passed);
  const onlyWeights = gate.length > 0 && gate.every(({ metric }) => metric.startsWith('weight.'));
  const error: SlipwayError | undefined = failed
    ? gateError(candidate.name, gate, (weightError?.worst ?? []).slice(0, 3), imatrixUsed)
    : onlyWeights
      ? undefined
      : unmeasured;
  session.output.result({
    json: {
      ok: error === undefined,
      ...evaluation,
      ...(error !== undefined && { error: { code: error.code, message: error.message } }),
    },
    text: evaluationText(evaluation),
    quiet: failed ? 'failed' : String(metrics.find(({ name }) => name === 'kld.mean' || name === 'ppl')?.value ?? 'ok'),
  });
  if (unmeasured !== undefined) say(session, unmeasured);
  if (error === undefined) return;
  if (error !== unmeasured) say(session, error);
  throw new ToldFailure(EXIT_CODES[error.code]);
}

function say({ terminal, look, debug }: Session, error: SlipwayError): void {
  terminal.stderr.write(`${errorText(error, look, debug)}\n`);
}
