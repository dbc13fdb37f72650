import type { AppliedSettings, HarborChange, ReadBack } from '../../harbor/index.js';
import type { Signers } from '../../stages/trust/index.js';
import { formatBytes } from '../../run/index.js';
import type { Paint, Tone } from '../screen/style.js';
import { safeLine, table } from '../screen/text.js';

const TONES: Readonly<Record<HarborChange['change'], Tone>> = {
  created: 'good',
  updated: 'accent',
  unchanged: 'dim',
  kept: 'warn',
};

/** One line a change, then the passwords of new robots. */
export function changesText({ changes, robots }: AppliedSettings, dryRun: boolean, paint: Paint): string {
  const rows = changes.map(({ kind, name, change, detail }) => [
    paint(TONES[change], dryRun && (change === 'created' || change === 'updated') ? `to be ${change}` : change),
    kind,
    safeLine(name),
    safeLine(detail),
  ]);
  const secrets = robots.map(({ name, secret }) => [safeLine(name), safeLine(secret)]);
  return [table(rows), ...(secrets.length === 0 ? [] : ['', table(secrets)])].join('\n');
}

/** An artifact as Harbor shows it, and what is missing. */
export function artifactText({ version, artifact, readme, license, files, quantization, missing }: ReadBack): string {
  const { scan, sbom } = artifact;
  const rows = [
    ['harbor', version?.text ?? 'tells no version'],
    ['type', artifact.type],
    ['digest', artifact.digest],
    ['size', formatBytes(artifact.size)],
    ['pushed', artifact.pushTime],
    ['tags', artifact.tags.map(({ name, immutable }) => (immutable ? `${name} (immutable)` : name)).join(', ')],
    ['labels', artifact.labels.join(', ')],
    ['quantization', quantization],
    ['readme', readme.shown ? formatBytes(readme.size) : 'not shown'],
    ['license', license.shown ? formatBytes(license.size) : 'not shown'],
    ['attached', artifact.accessories.join(', ')],
    ['scan', scan === undefined ? '' : `${scan.status}, ${scan.total} findings, worst ${scan.severity}`],
    ['sbom', sbom === undefined ? '' : `${sbom.status} ${sbom.digest}`],
    ...files.map(({ path, size }, index) => [
      index === 0 ? 'files' : '',
      size === undefined ? path : `${path}  ${formatBytes(size)}`,
    ]),
    ...missing.map(({ what, reason }) => [`no ${what}`, reason]),
  ];
  return table(rows.filter(([, value]) => value !== '').map((row) => row.map(safeLine)));
}

/** Who signed it, one line a statement; and what the policy says of it. */
export function signersText({ statements, verification }: Signers): string[] {
  const rows = statements.map(({ predicateType, by, identity }) => {
    const owner =
      identity === null
        ? verification === null
          ? 'not verified: no policy'
          : 'by none of the policy'
        : `verified: ${identity}`;
    return [`  ${predicateType}`, `by a ${by}`, owner].map(safeLine);
  });
  const head = statements.length === 0 ? 'signed     no' : 'signed';
  const verdict =
    verification === null
      ? []
      : [
          `policy     ${safeLine(verification.policy)}: ${verification.verdict === 'undecided' ? 'could not tell' : verification.verdict}`,
        ];
  return [head, ...(rows.length === 0 ? [] : [table(rows)]), ...verdict];
}
