import { cardData, readSpdxExpression, spdxLicense } from '../package/index.js';
import type { ModelView } from './lint-input.js';
import { finding, type LintFinding } from './lint-rules.js';
import type { GgufModelView } from './weights-view.js';

const ANNOTATION = 'org.opencontainers.image.licenses';
const LICENSE_FILE = /(?:^|\/)(licen[sc]e|copying)([._-][^/]*)?$/i;

/** A licence as one place states it. */
interface Stated {
  readonly where: string;
  readonly at: string;
  /** As it stands there. */
  readonly text: string;
  /** As an SPDX expression, where one follows from it. */
  readonly spdx: string | undefined;
}

/** Licences: stated, in SPDX's words, the same everywhere, and their text beside the model. */
export async function lintLicenses(view: ModelView, ggufs: readonly GgufModelView[]): Promise<LintFinding[]> {
  const stated = [...(await inCard(view)), ...ggufs.flatMap(inGguf), ...inAnnotations(view)];
  const hasFile = view.files.some(({ path }) => LICENSE_FILE.test(path));
  if (stated.length === 0) {
    const where = view.file('README.md')?.path ?? view.files[0]?.path ?? view.name;
    return hasFile
      ? []
      : [finding('license-missing', where, 'neither the model card, the metadata nor an annotation states one')];
  }
  return [...stated.flatMap(notSpdx), ...disagreeing(stated), ...(hasFile ? [] : withoutText(stated, ggufs, view))];
}

async function inCard(view: ModelView): Promise<Stated[]> {
  const path = view.files.find((file) => /^readme\.md$/i.test(file.path))?.path;
  const text = path === undefined ? undefined : await view.text(path);
  if (path === undefined || text === undefined) return [];
  const card = cardData(text);
  const name = card.text('license_name');
  return card
    .list('license')
    .map((id) => ({ where: path, at: 'license', text: id, spdx: expressionOf(id) ?? spdxLicense(id, name) }));
}

function inGguf({ metadata, where }: GgufModelView): Stated[] {
  const value = metadata.get('general.license')?.value;
  if (typeof value !== 'string' || value.trim() === '') return [];
  const name = metadata.get('general.license.name')?.value;
  const spdx = expressionOf(value) ?? spdxLicense(value, typeof name === 'string' ? name : undefined);
  return [{ where, at: 'general.license', text: value, spdx }];
}

function inAnnotations({ annotations }: ModelView): Stated[] {
  const text = annotations.get(ANNOTATION);
  return text === undefined ? [] : [{ where: 'annotations', at: ANNOTATION, text, spdx: expressionOf(text) }];
}

function expressionOf(text: string): string | undefined {
  return readSpdxExpression(text).problem === undefined ? text : undefined;
}

/** The Hub's own ids stand for SPDX ids; what has no such id is a name of its own. */
function notSpdx({ where, at, text, spdx }: Stated): LintFinding[] {
  if (spdx !== undefined && (!spdx.startsWith('LicenseRef-') || text.startsWith('LicenseRef-'))) return [];
  const { problem = 'it stands for no SPDX id' } = readSpdxExpression(text);
  const level = spdx === undefined ? 'warning' : 'note';
  return [finding('license-not-spdx', where, `'${text.slice(0, 100)}': ${problem}`, { at, level })];
}

function disagreeing(stated: readonly Stated[]): LintFinding[] {
  const [first] = stated;
  if (first?.spdx === undefined) return [];
  const others = stated.filter(({ spdx, where }) => spdx !== undefined && where !== first.where && !agrees(spdx));
  return others.map(({ where, at, text }) =>
    finding('license-differs', where, `'${text}' here, '${first.text}' in ${first.where}`, { at }),
  );

  function agrees(spdx: string): boolean {
    const { ids = [] } = readSpdxExpression(spdx);
    return stated.some((one) => one.where === first?.where && one.spdx !== undefined && shares(one.spdx, ids));
  }
}

function shares(spdx: string, ids: readonly string[]): boolean {
  const { ids: own = [] } = readSpdxExpression(spdx);
  return own.some((id) => ids.includes(id));
}

/** A single file cannot have the text beside it; of a licence that is on no list only the text says what is allowed. */
function withoutText(stated: readonly Stated[], ggufs: readonly GgufModelView[], view: ModelView): LintFinding[] {
  const [first] = stated;
  if (first === undefined) return [];
  const isLone = !view.travels && ggufs.length > 0 && view.files.every(({ path }) => path.endsWith('.gguf'));
  const isOnList = stated.every(({ spdx }) => spdx !== undefined && !spdx.startsWith('LicenseRef-'));
  const level = isOnList || isLone ? 'note' : 'warning';
  return [
    finding('license-file-missing', first.where, `'${first.text.slice(0, 100)}' is stated, no file has its text`, {
      at: first.at,
      level,
    }),
  ];
}
