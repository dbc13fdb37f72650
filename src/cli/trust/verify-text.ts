import type { RebuildReport } from '../../stages/trust/index.js';
import type { Check, VerifyReport } from '../../trust/index.js';
import type { Paint, Tone } from '../screen/style.js';
import { safeLine, table } from '../screen/text.js';

const VERDICTS: Readonly<Record<VerifyReport['verdict'], readonly [Tone, string]>> = {
  accepted: ['good', 'accepted'],
  refused: ['bad', 'refused'],
  undecided: ['warn', 'could not tell'],
};

/** A verification for people: every check, then what was not checked. */
export function verifyText(report: VerifyReport, paint: Paint): string {
  const [tone, word] = VERDICTS[report.verdict];
  const rows = report.checks.map((check) => checkRow(check, paint));
  const { unreadable, incomplete } = report.evidence;
  const oddities = [
    ...incomplete.map((text) => `  ${text}`),
    ...unreadable.slice(0, 5).map(({ where, reason }) => `  ${where}: ${reason}`),
    ...(unreadable.length > 5 ? [`  and ${unreadable.length - 5} more`] : []),
  ].map(safeLine);
  return [
    `${safeLine(report.reference)}  ${paint(tone, word)}`,
    table(rows),
    ...(oddities.length === 0 ? [] : ['passed over', ...oddities]),
    'not checked',
    ...report.notChecked.map((text) => `  ${safeLine(text)}`),
  ].join('\n');
}

function checkRow(check: Check, paint: Paint): string[] {
  return [`  ${marked(check, paint)}`, safeLine(check.check), safeLine(reasonOf(check))];
}

function marked({ status, undecided }: Check, paint: Paint): string {
  if (status === 'pass') return paint('good', 'pass');
  if (status === 'fail') return paint('bad', 'FAIL');
  return undecided === true ? paint('warn', 'unknown') : paint('dim', 'skipped');
}

function reasonOf({ reason, subject }: Check): string {
  return subject === undefined ? reason : `${reason} (${subject.slice(0, 19)}…)`;
}

/** A rebuild for people: what was compared, and the seed that repeats it. */
export function rebuildText(report: RebuildReport, paint: Paint): string {
  const { reference, result, source, revision, sample, compared, difference, checks = [], reason } = report;
  const rows = compared.map(({ what, expected, actual, equal }) =>
    [`  ${equal ? 'equal' : 'DIFFERENT'}`, what, equal ? actual : `${expected}, made again ${actual}`].map(safeLine),
  );
  return [
    `${safeLine(reference)}  ${result}`,
    ...(source === undefined ? [] : [`from ${safeLine(source)} at ${safeLine(revision ?? '')}`]),
    ...(sample === undefined
      ? []
      : [`seed ${safeLine(sample.seed)}, ${sample.tensors.length} of ${sample.of} tensors`]),
    ...(rows.length === 0 ? [] : [table(rows)]),
    ...(difference === undefined
      ? []
      : [
          safeLine(`first in ${difference.file}: ${difference.tensor ?? ''} ${difference.reason}`.replace(/: +/, ': ')),
        ]),
    ...(checks.length === 0 ? [] : [table(checks.map((check) => checkRow(check, paint)))]),
    ...(reason === undefined ? [] : [safeLine(reason)]),
  ].join('\n');
}
