import { parseDocument, type Document } from 'yaml';
import { isStackOverflow, SlipwayError, withTimeLimit, type ErrorCode } from '../core/index.js';
import { isNestedDeeper } from './nesting.js';
import { isTangled } from './tangled-yaml.js';

/** What a YAML text of a person's own (a policy, a gate) may be, and how it is called when it is not. */
export interface YamlLimits {
  readonly code: ErrorCode;
  /** `'gate.yaml'`. */
  readonly what: string;
  readonly where?: string;
  /** Characters; a megabyte unless given. */
  readonly size?: number;
}

const SIZE = 1024 * 1024;
const TIME_MS = 2000;
const MOST_ALIASES = 64;
const DEEPEST = 64;

/**
 * The value of a YAML 1.2 text, JSON too: within limits of size, time and depth, doubled keys and several documents
 * refused (what is passed over may be what was meant), and without a word on the terminal. Throws the code that is given.
 */
export function parseYaml(text: string, { code, what, where = what, size = SIZE }: YamlLimits): unknown {
  const invalid = (got: string, cause?: unknown): SlipwayError =>
    new SlipwayError(code, `${what} cannot be read as YAML`, { where, got, cause });
  if (text.length > size) throw invalid(`${text.length} characters, limit ${size}`);
  if (isTangled(text)) throw invalid('too many anchors, aliases or open brackets');
  return withTimeLimit(
    () => {
      // 'error', not 'silent': that would pass over all documents but the first.
      const document = parseDocument(text, { uniqueKeys: true, prettyErrors: false, logLevel: 'error' });
      const [fault] = document.errors;
      if (fault !== undefined) throw invalid(fault.message);
      const value = plainValue(document, invalid);
      if (isNestedDeeper(value, DEEPEST)) throw invalid(`nested more than ${DEEPEST} levels deep, or holding itself`);
      return value;
    },
    { ms: TIME_MS, code, what, where },
  );
}

function plainValue(document: Document, invalid: (got: string, cause: unknown) => SlipwayError): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (cause) {
    if (isStackOverflow(cause)) throw cause;
    throw invalid(`more than ${MOST_ALIASES} aliases`, cause);
  }
}
