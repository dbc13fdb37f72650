import { toSlipwayError } from '../../core/index.js';
import type { Session } from '../session/session.js';
import { certificatesCheck } from './certificates-check.js';
import type { DoctorCheck, CheckResult } from './check.js';
import { packageChecks } from './package-checks.js';
import {
  clusterCheck,
  kernelCheck,
  llamaCppCheck,
  memoryCheck,
  nativeCheck,
  nodeCheck,
  onnxRuntimeCheck,
  programCheck,
} from './runtime-checks.js';
import { peerCheck } from './peer-check.js';
import { configChecks, hubCheck, tokenCheck } from './remote-checks.js';
import { secretFilesCheck } from './secret-files-check.js';
import { spaceCheck, writeCheck } from './storage-checks.js';

const LOCAL: readonly DoctorCheck[] = [
  nodeCheck,
  programCheck,
  memoryCheck,
  kernelCheck,
  llamaCppCheck,
  certificatesCheck,
  peerCheck,
  onnxRuntimeCheck,
  clusterCheck,
  spaceCheck,
  writeCheck,
  secretFilesCheck,
  ...packageChecks,
];
const REMOTE: readonly DoctorCheck[] = [tokenCheck, hubCheck];

/** What the checks are about, and whether what can be mended is. */
export interface CheckOptions {
  readonly config: string | undefined;
  readonly fix: boolean;
}

/** Runs all checks, one after another, and never stops at the first that fails. */
export async function runChecks(session: Session, { config, fix }: CheckOptions): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of LOCAL) results.push(await (fix ? mended(check, session) : runCheck(check, session)));
  if ((session.env['SLIPWAY_LLAMA_CPP'] ?? '') !== '') results.push(await runCheck(nativeCheck, session));
  const loaded = config === undefined ? undefined : await configChecks(session, config);
  const asksHub = session.network.offline !== true && loaded?.usesHub !== false;
  for (const check of asksHub ? REMOTE : []) results.push(await runCheck(check, session));
  if (loaded === undefined) return results;
  const { checks, result } = loaded;
  results.push(result);
  for (const check of checks) results.push(await runCheck(check, session));
  return results;
}

/** Looks, does what is to be done about it, and looks again. */
async function mended(check: DoctorCheck, session: Session): Promise<CheckResult> {
  const before = await runCheck(check, session);
  if (before.mend === undefined) return before;
  try {
    const done = await before.mend();
    return { ...(await runCheck(check, session)), mended: done };
  } catch (thrown) {
    return { ...before, fact: `${before.fact}; --fix could not: ${toSlipwayError(thrown).message}` };
  }
}

async function runCheck(check: DoctorCheck, session: Session): Promise<CheckResult> {
  try {
    return { name: check.name, ...(await check.run(session)) };
  } catch (thrown) {
    const { code, message, details } = toSlipwayError(thrown);
    const fix = typeof details.try === 'string' ? details.try : details.try?.[0];
    const fact = details.got === undefined ? message : `${message}: ${details.got}`;
    return { name: check.name, state: 'fail', fact, code, ...(fix === undefined ? {} : { fix }) };
  }
}
