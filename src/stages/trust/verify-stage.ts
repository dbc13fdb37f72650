import type { Planned, RunContext, Stage } from '../../core/index.js';
import { SlipwayError } from '../../core/index.js';
import type { Snapshot } from '../../files/index.js';
import { optionTable, type OptionsOf } from '../../core/index.js';
import type { PushedArtifact } from '../packaging/packed-model.js';
import { requireTrusted } from './verify-reference.js';

export const VERIFY_OPTIONS = optionTable({
  policy: { kind: 'path', required: true, value: 'file', help: 'policy file (YAML) that it must satisfy' },
});

export type VerifyStageOptions = OptionsOf<typeof VERIFY_OPTIONS>;

/**
 * Refuses what a policy does not accept: artifacts that were pushed, or the registry that files come from; hands on what
 * it was given. Throws `TRUST_REFUSED`, `TRUST_UNDECIDED`.
 */
export function verify<T = Snapshot>(options: VerifyStageOptions): Stage<T, T> {
  const check = async (input: T, context: RunContext): Promise<string> => {
    const addresses = addressesOf(input);
    for (const address of addresses) await requireTrusted(address, options.policy, context);
    return `${addresses.join(', ')} accepted by ${options.policy}`;
  };
  return {
    name: 'verify',
    plan: async (input, context): Promise<Planned<T>> => ({
      reports: [{ stage: 'verify', summary: await check(input, context) }],
      output: input,
    }),
    run: async (input, context) => {
      await check(input, context);
      return input;
    },
  };
}

function addressesOf(input: unknown): readonly string[] {
  if (Array.isArray(input)) {
    return (input as readonly PushedArtifact[]).flatMap(({ reference }) =>
      typeof reference === 'string' ? [reference] : [],
    );
  }
  const source = (input as Partial<Snapshot> | undefined)?.source;
  if (source?.kind === 'registry') return [source.url];
  throw new SlipwayError('CONFIG_INVALID', 'there is nothing here that a policy could be asked about', {
    got: source === undefined ? 'no files and no references' : `files from '${source.url}'`,
    try: 'put verify behind download of an artifact (oci://…), or behind push',
  });
}
