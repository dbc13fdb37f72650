import type { RunSummary } from './summary.js';

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

/**
 * Numbers of finished runs as Prometheus text (exposition format 0.0.4), for the textfile collector of node_exporter, a
 * push gateway or GitLab's metrics report. Times are seconds, sizes bytes.
 */
export function metricsText(runs: readonly RunSummary[], version: string): string {
  const each = (samples: (run: RunSummary) => readonly Sample[]): Sample[] =>
    runs.flatMap((run) =>
      samples(run).map(({ labels, value }) => ({ labels: { pipeline: run.name, ...labels }, value })),
    );
  return [
    family('slipway_info', 'gauge', 'The version that ran.', [{ labels: { version }, value: 1 }]),
    family(
      'slipway_run_success',
      'gauge',
      '1 when the run succeeded.',
      each((run) => [{ value: run.ok ? 1 : 0 }]),
    ),
    family(
      'slipway_run_duration_seconds',
      'gauge',
      'Time of the run.',
      each((run) => [{ value: run.durationMs / 1000 }]),
    ),
    family(
      'slipway_run_end_timestamp_seconds',
      'gauge',
      'When the run ended.',
      each((run) => [{ value: (Date.parse(run.startedAt) + run.durationMs) / 1000 }]),
    ),
    family('slipway_stage_seconds', 'gauge', 'Time of a stage; stages overlap.', each(stageSeconds)),
    family('slipway_stage_bytes', 'gauge', 'Bytes that a stage has moved.', each(stageBytes)),
    family('slipway_bytes_total', 'counter', 'Bytes of bodies, by direction and host.', each(hostBytes)),
    family('slipway_retries_total', 'counter', 'Requests that were repeated, by reason.', each(retries)),
    family('slipway_tensors_total', 'counter', 'Tensors written, by type.', each(tensors)),
    family(
      'slipway_artifacts_total',
      'counter',
      'Artifacts that are in their target.',
      each((run) => [{ value: run.artifacts.length }]),
    ),
    family('slipway_warnings_total', 'counter', 'Warnings, by code.', each(warnings)),
    family('slipway_peak_memory_bytes', 'gauge', 'The most memory that the process has held.', each(peakMemory)),
  ].join('');
}

function stageSeconds({ stages }: RunSummary): Sample[] {
  return stages.map(({ stage, startMs, endMs }) => ({ labels: { stage }, value: (endMs - startMs) / 1000 }));
}

function stageBytes({ stages }: RunSummary): Sample[] {
  return stages.map(({ stage, bytes }) => ({ labels: { stage }, value: bytes }));
}

function hostBytes({ resources }: RunSummary): Sample[] {
  return (resources?.hosts ?? []).flatMap(({ host, received, sent }) => [
    { labels: { direction: 'received', host }, value: received },
    { labels: { direction: 'sent', host }, value: sent },
  ]);
}

function retries(run: RunSummary): Sample[] {
  return Object.entries(run.retries).map(([reason, value]) => ({ labels: { reason }, value }));
}

function tensors(run: RunSummary): Sample[] {
  return counted(run.tensors.map(({ to }) => to)).map(([type, value]) => ({ labels: { type }, value }));
}

function warnings(run: RunSummary): Sample[] {
  return counted(run.warnings.map(({ code }) => code)).map(([code, value]) => ({ labels: { code }, value }));
}

function peakMemory({ resources }: RunSummary): Sample[] {
  return resources === undefined ? [] : [{ value: resources.peakMemory }];
}

function counted(words: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts];
}

function family(name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return '';
  const lines = samples.map(({ labels = {}, value }) => `${name}${labelText(labels)} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n');
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
}
