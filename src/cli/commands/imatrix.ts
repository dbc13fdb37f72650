import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { optionTable, SlipwayError, type ReadOptions, type RunContext } from '../../core/index.js';
import { importanceStatistics, readImportance, type ImportanceStatistics } from '../../evaluate/index.js';
import { localFile } from '../../files/index.js';
import {
  loadCalibration,
  makeImportance,
  mergeImportanceFiles,
  snapshotOnDisk,
  type ImportanceResult,
} from '../../stages/index.js';
import { givenSource, sourceStage } from '../arguments/any-source.js';
import type { Start } from '../program/command-module.js';
import { executeStage } from '../session/execute.js';
import { addExamples } from '../program/help.js';
import { declareOptions } from '../options/declare-options.js';
import type { Result } from '../screen/output.js';
import { required } from '../arguments/required-option.js';
import type { Session } from '../session/session.js';
import { safeLine, table } from '../screen/text.js';

const OWN = optionTable({
  text: {
    kind: 'path',
    asGiven: true,
    orHub: true,
    value: 'file',
    help: 'text to read, or hf://datasets/org/name/file',
    aliases: ['file'],
  },
  output: { kind: 'path', short: 'o', help: 'where the matrix is written' },
  context: { kind: 'count', least: 8, most: 1_048_576, help: 'tokens of a chunk; 512 unless given' },
  chunks: { kind: 'count', most: 1_000_000, help: 'at most so many chunks' },
  skip: { kind: 'count', most: 1_000_000, help: 'chunks at the beginning to leave out' },
  inFiles: {
    kind: 'path',
    list: true,
    flag: 'in-file',
    value: 'file',
    help: 'sums to add to, from an earlier matrix; several behind commas, too',
  },
  outputFormat: { kind: 'choice', choice: ['gguf', 'dat'], value: 'form', help: 'gguf, or the older binary form' },
  processOutput: { kind: 'flag', help: 'collect for output.weight, too' },
  parseSpecial: { kind: 'flag', help: 'read names of special tokens as these tokens' },
  showStatistics: { kind: 'flag', help: 'show what the matrix in MODEL, or after --in-file, says' },
});

type Own = ReadOptions<typeof OWN>;

export function define(command: Command, start: Start): void {
  command
    .description(
      'Makes an importance matrix of a model: which columns matter when text runs through it, the file of llama-imatrix.\nRuns an installed llama.cpp. An interrupted run goes on where it was.',
    )
    .argument('[model]', 'model-f16.gguf, hf://org/name, host/repository[:tag]; none to merge files')
    .action(async (model: string | undefined) =>
      start(async (session) => {
        const { own } = await read(session.path);
        if (own.showStatistics === true) return session.output.result(await statistics(session, model, own));
        const example = `pipeline imatrix ${model ?? 'MODEL'} --text FILE -o imatrix.gguf`;
        const output = required(own.output, '-o, --output <path>', example);
        const stage = {
          name: 'imatrix',
          run: async (_input: void, context: RunContext) => work(session, model, own, output, context),
        };
        const { output: made } = await executeStage(session, stage, example);
        session.output.result(resultText(made as ImportanceResult));
      }),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(
    command,
    'pipeline imatrix model-f16.gguf --text calibration.txt -o imatrix.gguf',
    'pipeline imatrix --in-file a.gguf --in-file b.gguf -o both.gguf',
    'pipeline imatrix imatrix.gguf --show-statistics',
  );
}

async function work(
  session: Session,
  model: string | undefined,
  { text, output: _output, showStatistics: _show, inFiles: names, ...others }: Own,
  output: string,
  context: RunContext,
): Promise<ImportanceResult> {
  const inFiles = names === undefined ? undefined : namedFiles(session, names);
  const settings = { ...others, inFiles };
  if (model === undefined) {
    if (inFiles === undefined || text !== undefined) throw noModel();
    return mergeImportanceFiles(
      { inFiles, output, context: settings.context, outputFormat: settings.outputFormat },
      context,
    );
  }
  const textName = required(text, '--text <file>', `pipeline imatrix ${model} --text FILE -o ${output}`);
  const calibration = await loadCalibration(textName, session.path(textName), context);
  const snapshot = await sourceStage(givenSource(model, session.path)).run(undefined, context);
  const onDisk = await snapshotOnDisk(snapshot, 'imatrix', context);
  return makeImportance({ ...settings, model: onDisk, text: calibration, output }, context);
}

function noModel(): SlipwayError {
  return new SlipwayError('USAGE', 'no model is given, and no files to merge', {
    try: ['pipeline imatrix MODEL --text FILE -o imatrix.gguf', 'pipeline imatrix --in-file A --in-file B -o C'],
  });
}

function resultText(result: ImportanceResult): Result {
  const { path, chunks, entries, datasets, collected, resumed } = result;
  const unused = collected?.unused ?? [];
  const lines = [
    `${safeLine(path)}  ${entries} matrices, ${chunks} chunks${resumed > 0 ? `, ${resumed} of them from an interrupted run` : ''}`,
    ...(unused.length === 0
      ? []
      : [`some experts were never chosen in ${unused.length} matrices: ${safeLine(unused[0] ?? '')}, …`]),
  ];
  const json = {
    path,
    chunks,
    entries,
    datasets,
    resumed,
    ...(collected !== undefined && { tokens: collected.tokens, engine: collected.engine, unused }),
  };
  return { json, text: lines.join('\n'), quiet: path };
}

/** Files may stand behind commas, as llama-imatrix takes them; a file whose name has a comma is meant first. */
function namedFiles(session: Session, inFiles: readonly string[] = []): readonly string[] {
  return inFiles.flatMap((path) => (existsSync(path) ? [path] : path.split(',').map((name) => session.path(name))));
}

async function statistics(session: Session, model: string | undefined, { inFiles }: Own): Promise<Result> {
  const [path, ...more] = [...(model === undefined ? [] : [session.path(model)]), ...namedFiles(session, inFiles)];
  if (path === undefined || more.length > 0) {
    throw new SlipwayError('USAGE', 'statistics are those of one file', {
      try: 'pipeline imatrix FILE --show-statistics',
    });
  }
  const rows = importanceStatistics(await readImportance(await localFile(path, path), undefined, session.signal));
  return { json: { path, tensors: rows }, text: statisticsTable(rows) };
}

function statisticsTable(rows: readonly ImportanceStatistics[]): string {
  const head = [
    'layer',
    'tensor',
    'Σ(act²)',
    'min',
    'max',
    'mean',
    'σ',
    '% active',
    'N',
    'entropy',
    'E (norm)',
    'ZD',
    'cos',
  ];
  const lines = rows.map((row) => [
    row.layer === null ? '-' : String(row.layer),
    safeLine(row.kind),
    row.total.toFixed(2),
    row.min.toFixed(4),
    row.max.toFixed(4),
    row.mean.toFixed(2),
    row.deviation.toFixed(2),
    `${row.active.toFixed(2)}%`,
    String(row.elements),
    row.entropy.toFixed(4),
    `${row.entropyShare.toFixed(2)}%`,
    `${row.distinct.toFixed(2)}%`,
    row.cosine.toFixed(4),
  ]);
  return table([head, ...lines], [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
}
