import { segment } from './harbor-address.js';
import { flagField, numberField, type AnswerObject } from './answer.js';
import { requireId } from './api.js';
import type { Harbor } from './open-harbor.js';
import { selectors, toSelection, type Selection } from './rule-selection.js';

/** A rule that keeps tags from being moved or deleted, as Harbor has it. */
export interface ImmutableRule extends Selection {
  readonly id: number;
  readonly disabled: boolean;
}

/** The immutable-tag rules of a project. */
export async function listImmutableRules(harbor: Harbor, project: string): Promise<readonly ImmutableRule[]> {
  const found = await harbor.api.list({ path: rulesPath(project), doing: `list the immutable tags of '${project}'` });
  return found.map((rule) => toRule(rule, harbor));
}

/** Adds a rule. */
export async function createImmutableRule(harbor: Harbor, project: string, rule: Selection): Promise<void> {
  await harbor.api.create({
    path: rulesPath(project),
    doing: `make tags of '${project}' immutable`,
    body: ruleBody(rule),
  });
}

/** Switches a rule on that is there and disabled. */
export async function enableImmutableRule(harbor: Harbor, project: string, rule: ImmutableRule): Promise<void> {
  await harbor.api.change({
    method: 'PUT',
    path: `${rulesPath(project)}/${rule.id}`,
    doing: `make tags of '${project}' immutable`,
    body: { ...ruleBody(rule), id: rule.id },
  });
}

export async function deleteImmutableRule(harbor: Harbor, project: string, id: number): Promise<void> {
  const path = `${rulesPath(project)}/${id}`;
  await harbor.api.change({ method: 'DELETE', path, doing: `delete an immutable-tag rule of '${project}'` });
}

function rulesPath(project: string): string {
  return `/projects/${segment(project)}/immutabletagrules`;
}

function ruleBody(rule: Selection): Record<string, unknown> {
  return { action: 'immutable', template: 'immutable_template', disabled: false, priority: 0, ...selectors(rule) };
}

function toRule(rule: AnswerObject, { host }: Harbor): ImmutableRule {
  return {
    id: requireId(numberField(rule, 'id'), host, 'an immutable-tag rule'),
    disabled: flagField(rule, 'disabled'),
    ...toSelection(rule),
  };
}
