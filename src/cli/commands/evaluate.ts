import type { Command } from 'commander';
import { EXIT_CODES, optionTable, type ReadOptions, type RunContext, type SlipwayError } from '../../core/index.js';
import { gateError, type Evaluation } from '../../evaluate/index.js';
import {
  checkReport,
  EVALUATION_SETTINGS,
  evaluateOnDisk,
  loadGate,
  loadImatrix,
  loadText,
  smokeOf,
  withSmoke,
  snapshotOnDisk,
  writeEvaluationReport,
  type EvaluationOutcome,
  type OnnxEvaluation,
} from '../../stages/index.js';
import { givenSource, sourceStage } from '../arguments/any-source.js';
import { ToldFailure, type Start } from '../program/command-module.js';
import { errorText } from '../program/error-text.js';
import { evaluationText } from '../evaluate/evaluation-text.js';
import { areOnnx, ONNX_FLAGS, printOnnx, runOnnx } from '../evaluate/run-onnx.js';
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
      'Measures a model: perplexity, and against a base KL divergence, agreement and weight error, with the numbers of\nllama-perplexity. Runs an installed llama.cpp; without one the weight error alone. ONNX models (.onnx) are run by an\ninstalled onnxruntime-node. See docs/evaluate.md.',
    )
    .argument(
      '<candidate...>',
      'model.gguf, hf://org/name, host/repository[:tag], layout:./dir[:tag], oci-archive:f.tar[:tag]',
    )
    .action(async (candidates: readonly string[]) =>
      start(async (session) => {
        const { own, settings, onnx } = await read(session.path);
        const resume = `pipeline evaluate ${candidates.join(' ')}`;
        if (areOnnx(candidates)) {
          const { gate } = settings;
          const { against } = own;
          const run = async (_input: void, context: RunContext) =>
            runOnnx(session, candidates, { against, gate }, onnx, context);
          const { output } = await executeStage(session, { name: 'evaluate', run }, resume);
          return printOnnx(session, output as readonly OnnxEvaluation[]);
        }
        const stage = {
          name: 'evaluate',
          run: async (_input: void, context: RunContext) => work(session, candidates, own, settings, context),
        };
        const { output } = await executeStage(session, stage, resume);
        printEvaluations(session, output as readonly EvaluationOutcome[]);
      }),
    );
  const read = declareOptions(command, { own: OWN, settings: EVALUATION_SETTINGS, onnx: ONNX_FLAGS });
  addExamples(
    command,
    'pipeline evaluate model-Q4_K_M.gguf --against model-f16.gguf --text wiki.txt --chunks 32',
    "pipeline evaluate model-Q4_K_M.gguf --against model-f16.gguf --gate 'kld.mean<0.05,top.same>90'",
    "pipeline evaluate model-Q4_K_M.gguf --smoke --smoke-prompt 'Is water wet?' --smoke-contains yes",
    'pipeline evaluate q4.gguf q8.gguf --against f16.gguf --chunks 32 --report loss.html',
    'pipeline evaluate model_int8.onnx --against model.onnx --shape batch_size=1 --shape sequence_length=64',
    'pipeline evaluate model-IQ3_S.gguf --against model-f16.gguf --weights-only --json',
  );
}

type Own = ReadOptions<typeof OWN>;
type Settings = ReadOptions<typeof EVALUATION_SETTINGS>;

async function work(
  session: Session,
  candidates: readonly string[],
  { against, saveKld }: Own,
  { gate, text, imatrix, smoke: _smoke, ...settings }: Settings,
  context: RunContext,
): Promise<readonly EvaluationOutcome[]> {
  // What is wrong with rules or texts is said before gigabytes are read.
  const rules = await loadGate(gate, context);
  const content = await loadText(text, context);
  const kld = against?.endsWith('.kld') === true ? session.path(against) : undefined;
  const open = async (address: string) =>
    snapshotOnDisk(await sourceStage(givenSource(address, session.path)).run(undefined, context), 'evaluate', context);
  const smoke = smokeOf({ smoke: _smoke, ...settings }, rules);
  checkReport(settings.report);
  const request = {
    ...settings,
    smoke,
    // A question alone needs no text.
    smokeOnly: smoke !== undefined && against === undefined && text === undefined && saveKld === undefined,
    base: against === undefined || kld !== undefined ? undefined : await open(against),
    kld,
    text: content,
    gate: withSmoke(rules, smoke),
    imatrix: (await loadImatrix(imatrix, context)).imatrix,
    writeKld: saveKld,
  };
  const outcomes: EvaluationOutcome[] = [];
  for (const address of candidates) {
    const candidate = await open(address);
    outcomes.push(await evaluateOnDisk({ ...request, candidate }, context));
    await candidate.release();
  }
  const evaluations = outcomes.map(({ evaluation }) => evaluation);
  await writeEvaluationReport(settings.report, evaluations, context);
  return outcomes;
}

/** Prints the results, then what is wrong with them, and ends with the first error's exit code. */
function printEvaluations(session: Session, outcomes: readonly EvaluationOutcome[]): void {
  const reported = outcomes.map(({ evaluation, error: unmeasured, importanceUsed }) => {
    const error = errorOf(evaluation, unmeasured, importanceUsed);
    const said = error === undefined ? {} : { error: { code: error.code, message: error.message } };
    return { evaluation, unmeasured, error, json: { ...evaluation, ...said } };
  });
  const [first] = reported;
  const ok = reported.every(({ error }) => error === undefined);
  session.output.result({
    json: reported.length === 1 ? { ok, ...first?.json } : { ok, evaluations: reported.map(({ json }) => json) },
    text: reported.map(({ evaluation }) => evaluationText(evaluation)).join('\n\n'),
    quiet: reported.map(({ evaluation }) => quietText(evaluation)).join('\n'),
  });
  for (const { unmeasured, error } of reported) {
    // What nothing was to be decided by is worth a word, and no failure.
    if (unmeasured !== undefined && error === undefined)
      session.note(`warning[${unmeasured.code}]: not measured: ${unmeasured.message}`);
    else if (unmeasured !== undefined) say(session, unmeasured);
    if (error !== undefined && error !== unmeasured) say(session, error);
  }
  const failed = reported.find(({ error }) => error !== undefined)?.error;
  if (failed !== undefined) throw new ToldFailure(EXIT_CODES[failed.code]);
}

/** What a result ends with: a gate that does not hold, or what could not be measured and was wanted. */
function errorOf(
  { candidate, gate = [], weightError }: Evaluation,
  unmeasured: SlipwayError | undefined,
  importanceUsed: boolean,
): SlipwayError | undefined {
  if (gate.some(({ passed }) => !passed)) {
    return gateError(candidate.name, gate, (weightError?.worst ?? []).slice(0, 3), importanceUsed);
  }
  const onlyWeights = gate.length > 0 && gate.every(({ metric }) => metric.startsWith('weight.'));
  return onlyWeights ? undefined : unmeasured;
}

function quietText({ gate = [], metrics }: Evaluation): string {
  if (gate.some(({ passed }) => !passed)) return 'failed';
  const [value] = ['kld.mean', 'ppl'].flatMap((name) => metrics.find((metric) => metric.name === name)?.value ?? []);
  return String(value ?? 'ok');
}

function say({ terminal, look, debug }: Session, error: SlipwayError): void {
  terminal.stderr.write(`${errorText(error, look, debug)}\n`);
}
