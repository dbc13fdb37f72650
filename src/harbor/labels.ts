import { artifactPath, type ArtifactName } from './harbor-address.js';
import { numberField, textField, type AnswerObject } from './answer.js';
import { requireId } from './api.js';
import type { Harbor } from './open-harbor.js';

/** A label of a project, as it should be. */
export interface LabelSpec {
  readonly name: string;
  /** `#0065AB`; Harbor's grey unless given. */
  readonly color?: string | undefined;
  readonly description?: string | undefined;
}

export interface Label {
  readonly id: number;
  readonly name: string;
  readonly color: string;
  readonly description: string;
}

/** The labels of a project. */
export async function listLabels(harbor: Harbor, projectId: number): Promise<readonly Label[]> {
  const query = { scope: 'p', project_id: projectId };
  const found = await harbor.api.list({ path: '/labels', query, doing: 'list the labels of a project' });
  return found.map((label) => toLabel(label, harbor));
}

export async function createLabel(harbor: Harbor, projectId: number, label: LabelSpec): Promise<number> {
  const { id } = await harbor.api.create({
    path: '/labels',
    doing: `create the label '${label.name}'`,
    body: labelBody(projectId, label),
  });
  return requireId(id, harbor.host, `the label '${label.name}'`);
}

export async function updateLabel(harbor: Harbor, projectId: number, id: number, label: LabelSpec): Promise<void> {
  await harbor.api.change({
    method: 'PUT',
    path: `/labels/${id}`,
    doing: `change the label '${label.name}'`,
    body: { ...labelBody(projectId, label), id },
  });
}

/** Puts a label on an artifact; one that it has already stays. */
export async function addLabel(harbor: Harbor, artifact: ArtifactName, labelId: number): Promise<void> {
  await harbor.api.change({
    method: 'POST',
    path: `${artifactPath(artifact)}/labels`,
    doing: `label '${artifact.repository}'`,
    body: { id: labelId },
    also: [409],
  });
}

/** True when a label is as it should be. */
export function isSameLabel(label: Label, spec: LabelSpec): boolean {
  const sameColor = spec.color === undefined || label.color.toLowerCase() === spec.color.toLowerCase();
  return sameColor && (spec.description === undefined || label.description === spec.description);
}

function labelBody(
  projectId: number,
  { name, color = '#61717D', description = '' }: LabelSpec,
): Record<string, unknown> {
  return { name, color, description, scope: 'p', project_id: projectId };
}

function toLabel(label: AnswerObject, { host }: Harbor): Label {
  const name = textField(label, 'name');
  return {
    id: requireId(numberField(label, 'id'), host, `the label '${name}'`),
    name,
    color: textField(label, 'color'),
    description: textField(label, 'description'),
  };
}
