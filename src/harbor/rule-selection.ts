import { answerObject, asObjects, field, textField, type AnswerObject } from './answer.js';

/** Which tags of which repositories a rule is about: doublestar patterns (`**`, `v*`, `{a,b}`). */
export interface Selection {
  /** Tags; all (`**`) unless given. */
  readonly tags?: string | undefined;
  /** Every tag but these; not together with `tags`. */
  readonly exceptTags?: string | undefined;
  /** Repositories without the project's name; all (`**`) unless given. */
  readonly repositories?: string | undefined;
  /** Every repository but these; not together with `repositories`. */
  readonly exceptRepositories?: string | undefined;
}

/** The selectors of a rule as the API has them. */
export function selectors(selection: Selection): Record<string, unknown> {
  const tag = selector(selection.tags, selection.exceptTags, ['matches', 'excludes']);
  const repository = selector(selection.repositories, selection.exceptRepositories, ['repoMatches', 'repoExcludes']);
  return { tag_selectors: [tag], scope_selectors: { repository: [repository] } };
}

/** What a rule of the API is about. Of several selectors, which only the API can make, the first counts. */
export function toSelection(rule: AnswerObject): Selection {
  const [tag] = asObjects(field(rule, 'tag_selectors'));
  const [repository] = asObjects(field(answerObject(field(rule, 'scope_selectors')), 'repository'));
  const [tags, repositories] = [patternOf(tag), patternOf(repository)];
  return {
    ...(isExcept(tag) ? { exceptTags: tags } : { tags }),
    ...(isExcept(repository) ? { exceptRepositories: repositories } : { repositories }),
  };
}

/** A selection for people: `tags v* of all repositories`. */
export function selectionText(selection: Selection): string {
  const { tags = '**', exceptTags, repositories = '**', exceptRepositories } = selection;
  const left =
    exceptTags === undefined ? (tags === '**' ? 'all tags' : `tags ${tags}`) : `tags other than ${exceptTags}`;
  if (exceptRepositories !== undefined) return `${left} outside ${exceptRepositories}`;
  return `${left} of ${repositories === '**' ? 'all repositories' : repositories}`;
}

function selector(only: string | undefined, except: string | undefined, words: readonly [string, string]): unknown {
  return {
    kind: 'doublestar',
    decoration: except === undefined ? words[0] : words[1],
    pattern: except ?? only ?? '**',
  };
}

function patternOf(selector: AnswerObject | undefined): string {
  return selector === undefined ? '**' : textField(selector, 'pattern');
}

function isExcept(selector: AnswerObject | undefined): boolean {
  return selector !== undefined && textField(selector, 'decoration').endsWith('xcludes');
}
