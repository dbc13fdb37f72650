import { createImmutableRule, enableImmutableRule, listImmutableRules } from '../immutable-tags.js';
import { getRetention, retentionText, setRetention, type Retention, type RetentionRule } from '../retention.js';
import { selectionText, type Selection } from '../rule-selection.js';
import { carryOut, differences, note, type ProjectWork } from './change.js';

/** Adds the immutable-tag rules that are not there. Others are kept: a tag must not become movable unnoticed. */
export async function applyImmutable(work: ProjectWork): Promise<void> {
  const { harbor, settings, project } = work;
  if (settings.immutable === undefined) return;
  const present = project === undefined ? [] : await listImmutableRules(harbor, project.name);
  const wanted = new Set<string>();
  for (const rule of settings.immutable) {
    const name = selectionText(rule);
    // The same rule twice is one rule.
    if (wanted.has(name)) continue;
    wanted.add(name);
    const same = present.filter((one) => selectionText(one) === name);
    const [disabled] = same;
    const isOn = same.some((one) => !one.disabled);
    if (isOn || disabled === undefined) {
      await carryOut(work, { kind: 'immutable', name, change: isOn ? 'unchanged' : 'created', detail: '' }, async () =>
        createImmutableRule(harbor, settings.project, rule),
      );
    } else {
      await carryOut(work, { kind: 'immutable', name, change: 'updated', detail: 'disabled → enabled' }, async () =>
        enableImmutableRule(harbor, settings.project, disabled),
      );
    }
  }
  for (const rule of present) {
    const name = selectionText(rule);
    if (!wanted.has(name) && !rule.disabled) note(work, { kind: 'immutable', name, change: 'kept', detail: '' });
  }
}

/** Sets the retention policy, which is one thing: its rules are replaced together. */
export async function applyRetention(work: ProjectWork): Promise<void> {
  const { harbor, settings, project } = work;
  if (settings.retention === undefined) return;
  const { schedule = '', rules } = settings.retention;
  const wanted: Retention = { schedule, rules };
  const present = project === undefined ? undefined : await getRetention(harbor, project);
  const name = settings.project;
  const detail = differences([
    ['schedule', present?.schedule ?? '', wanted.schedule],
    ['rules', present === undefined ? '' : rulesText(present.rules), rulesText(wanted.rules)],
  ]);
  const change = present === undefined ? 'created' : detail === '' ? 'unchanged' : 'updated';
  await carryOut(work, { kind: 'retention', name, change, detail }, async () => {
    if (project !== undefined) await setRetention(harbor, project, wanted);
  });
}

function rulesText(rules: readonly (RetentionRule & Selection)[]): string {
  return rules
    .map((rule) => `${retentionText(rule)}, ${selectionText(rule)}`)
    .sort()
    .join('; ');
}
