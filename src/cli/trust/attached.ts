import { optionTable, SlipwayError } from '../../core/index.js';
import { writeBundles } from '../../stages/trust/index.js';
import type { Attached, AttestOptions } from '../../trust/index.js';
import type { Result } from '../screen/output.js';
import { safeLine, table } from '../screen/text.js';

/** Flags of commands that sign something about an artifact. */
export const BUNDLE_FLAGS = optionTable({
  bundle: {
    kind: 'path',
    value: 'file',
    help: 'write the bundle to this file, too: verify --bundle reads it where no registry is',
  },
  upload: { kind: 'flag', off: true, help: 'attach nothing to the artifact: the bundle goes into the file alone' },
});

/** The bundles that a command makes or finds, for the file that is asked for. */
export class KeptBundles {
  readonly #path: string | undefined;
  readonly #bundles: Uint8Array[] = [];
  readonly options: Pick<AttestOptions, 'upload' | 'onBundle'>;

  /** Throws `USAGE` when a bundle would go nowhere. */
  constructor(path: string | undefined, upload = true) {
    if (!upload && path === undefined)
      throw new SlipwayError('USAGE', 'with --no-upload the signature goes nowhere', { try: '--bundle FILE' });
    this.#path = path;
    this.options = { upload, onBundle: (bundle) => this.#bundles.push(bundle) };
  }

  /** The file that was written; `undefined` when none was asked for. */
  async write(): Promise<string | undefined> {
    if (this.#path !== undefined) await writeBundles(this.#path, this.#bundles);
    return this.#path;
  }
}

/** What was attached to an artifact, as a command's result. */
export function attachedResult(
  reference: string,
  digest: string,
  signed: readonly Attached[],
  bundle: string | undefined,
): Result {
  const rows = signed.map(({ subject, predicateType, how }) => [how, subject, predicateType].map(safeLine));
  const lines = [safeLine(reference), table(rows.map((row) => [`  ${row[0] ?? ''}`, ...row.slice(1)]))];
  return {
    json: { ok: true, reference, digest, signed, bundle },
    text: [...lines, ...(bundle === undefined ? [] : [`  ${safeLine(bundle)}`])].join('\n'),
    quiet: reference,
  };
}
