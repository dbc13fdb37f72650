import { redactSent, type SlipwayError } from '../../core/index.js';
import { createRedactor, secretsOf } from '../../run/index.js';
import type { CiKind } from '../ci/ci-kind.js';
import { errorAnnotations } from '../ci/workflow-commands.js';
import type { Look, Terminal } from '../screen/terminal.js';
import { errorText } from './error-text.js';

/** What a failure's text depends on. */
export interface FailureFace {
  readonly look: Pick<Look, 'color'>;
  readonly ci: CiKind;
  readonly debug: boolean;
  readonly terminal: Pick<Terminal, 'cwd' | 'env'>;
}

/** A failure as stderr gets it: for people, and in GitHub Actions as annotations. No secret is in it. */
export function failureLines(error: SlipwayError, { look, ci, debug, terminal: { cwd, env } }: FailureFace): string {
  const annotations = ci === 'github' ? errorAnnotations(error, { cwd, workspace: env['GITHUB_WORKSPACE'] }) : [];
  return redactSent(createRedactor(secretsOf(env))([errorText(error, look, debug), ...annotations].join('\n')));
}
