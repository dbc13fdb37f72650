import { countText } from '../../core/index.js';
import type { Comparison } from '../../compare/index.js';
import { safeLine, safeText, shorten, table } from '../screen/text.js';

const VALUE_WIDTH = 48;
/** Lines of one kind that people are shown; `--json` has all. */
const LINES = 60;

/** What is different, part by part: `-` only in the first, `+` only in the second, `~` in both and not the same. */
export function comparisonText(comparison: Comparison): string {
  const { equal, notCompared, chatTemplate, licenses } = comparison;
  const parts = [
    section('metadata', metadataRows(comparison)),
    section('tensors', tensorRows(comparison)),
    section('files', fileRows(comparison)),
    section('annotations', annotationRows(comparison)),
    section(
      'licence',
      licenses.map(({ where, before, after }) => ['~', where, arrow(before ?? 'none', after ?? 'none')]),
    ),
    chatTemplate === null ? '' : `chat template\n${safeText(chatTemplate)}`,
    `${equal ? 'equal' : 'different'}: ${summary(comparison)}`,
    notCompared.length === 0 ? '' : `not compared: ${notCompared.map(safeLine).join(', ')}`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function summary({ tensors, files }: Comparison): string {
  const counts = ({
    added,
    removed,
    changed,
  }: { [part in 'added' | 'removed' | 'changed']: readonly unknown[] }): string =>
    [
      ...(changed.length === 0 ? [] : [`${changed.length} changed`]),
      ...(added.length === 0 ? [] : [`${added.length} added`]),
      ...(removed.length === 0 ? [] : [`${removed.length} removed`]),
    ]
      .map((count) => `, ${count}`)
      .join('');
  return `${countText(tensors.same, 'tensor')} the same${counts(tensors)}; ${countText(files.same, 'file')} the same${counts(files)}`;
}

function section(title: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const shown = rows.slice(0, LINES).map((row) => ['', ...row.map(safeLine)]);
  const hidden = rows.length - shown.length;
  return `${title}\n${table(shown)}${hidden > 0 ? `\n  … and ${hidden} more (--json has all)` : ''}`;
}

function metadataRows({ metadata: { added, removed, changed } }: Comparison): string[][] {
  return [
    ...removed.map(({ key, value }) => ['-', key, valueText(value)]),
    ...added.map(({ key, value }) => ['+', key, valueText(value)]),
    ...changed.map(({ key, before, after, index }) => [
      '~',
      key,
      arrow(before, after) + (index === undefined ? '' : `, from element ${index} on`),
    ]),
  ];
}

function tensorRows({ tensors: { added, removed, changed } }: Comparison): string[][] {
  const about = ({ type, shape }: { type: string; shape: readonly number[] }): string =>
    `${type} [${shape.join(', ')}]`;
  return [
    ...removed.map((tensor) => ['-', tensor.name, about(tensor)]),
    ...added.map((tensor) => ['+', tensor.name, about(tensor)]),
    ...changed.map(({ name, what, before, after }) => [
      '~',
      name,
      what === 'content' ? `${about(before)}   other content` : `${about(before)} → ${about(after)}`,
    ]),
  ];
}

function fileRows({ files: { added, removed, changed } }: Comparison): string[][] {
  const words = { size: 'other size', content: 'other content', model: 'see metadata and tensors' };
  return [
    ...removed.map((path) => ['-', path]),
    ...added.map((path) => ['+', path]),
    ...changed.map(({ path, what }) => ['~', path, words[what]]),
  ];
}

function annotationRows({ annotations }: Comparison): string[][] {
  if (annotations === null) return [];
  return [
    ...annotations.removed.map(({ key, value }) => ['-', key, valueText(value)]),
    ...annotations.added.map(({ key, value }) => ['+', key, valueText(value)]),
    ...annotations.changed.map(({ key, before, after }) => ['~', key, arrow(before, after)]),
  ];
}

function arrow(before: unknown, after: unknown): string {
  return `${valueText(before)} → ${valueText(after)}`;
}

function valueText(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return shorten(`[${value.map(String).join(', ')}]`, VALUE_WIDTH);
  if (typeof value === 'object' && value !== null) {
    const { type, length, value: inner } = value as { type?: string; length?: number; value?: unknown };
    if (length !== undefined) return `${length} values, ${type ?? ''}`;
    return `${type ?? ''} ${valueText(inner)}`;
  }
  return shorten(String(value).replaceAll('\n', '\\n'), VALUE_WIDTH);
}
