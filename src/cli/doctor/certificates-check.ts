import { createRequire } from 'node:module';
import { toSlipwayError } from '../../core/index.js';
import { loadSignPackages, loadVerifyPackages } from '../../trust/index.js';
import type { DoctorCheck } from './check.js';

/** From this major on the package counts a log entry once, and reads logs and certificates more strictly; it needs Node 22. */
const HARDENED = 4;

/** Signing and verifying with certificates (Fulcio, Rekor, time stamps): packages that only some need. Keys need none of them. */
export const certificatesCheck: DoctorCheck = {
  name: 'certificates',
  run: async () => {
    try {
      await loadVerifyPackages();
      const signs = await loadSignPackages().then(
        () => true,
        () => false,
      );
      const version = versionOf('@sigstore/verify');
      const line =
        Number(version.split('.')[0]) >= HARDENED
          ? ''
          : '; on this Node the line without the later hardening (one entry counted once, stricter checkpoints): key signatures are not affected';
      return {
        state: 'ok',
        fact: `@sigstore/verify ${version} verifies Fulcio, Rekor v1 and v2, RFC 3161${signs ? `, @sigstore/sign ${versionOf('@sigstore/sign')} signs` : ', nothing signs'}${line}`,
      };
    } catch (thrown) {
      const { details } = toSlipwayError(thrown);
      const fix = [details.try ?? []].flat()[0];
      return {
        state: 'ok',
        fact: `signatures by certificates are neither made nor verified here (optional; keys need nothing)${fix === undefined ? '' : `: ${fix}`}`,
      };
    }
  },
};

function versionOf(name: string): string {
  const facts = createRequire(import.meta.url)(`${name}/package.json`) as { readonly version?: string };
  return facts.version ?? 'unknown';
}
