import { SlipwayError } from '../core/index.js';

/** A version as far as it decides anything here: `[major, minor, patch]`. */
export type Version = readonly [number, number, number];

const EXAMPLES: Readonly<Record<string, string>> = { '--containerd': '2.1', '--crio': '1.33', '--kserve': '0.20' };

/** Reads `1.35`, `v1.35.2`, `1.35.2+k3s1`, `2.1.0-rc.1`. Throws `USAGE`; `flag` says which option was meant. */
export function parsePlatformVersion(text: string, flag: string): Version {
  const match = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:[-+].*)?$/.exec(text.trim());
  if (match !== null) return [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  throw new SlipwayError('USAGE', `'${text.slice(0, 40)}' is not a version for ${flag}`, {
    try: `${flag} ${EXAMPLES[flag] ?? '1.35'}`,
  });
}

/** The version that a text begins with (`v1.36.2`, `2.1.3~rc1`); `undefined` for what has none. */
export function versionIn(text: string): Version | undefined {
  const match = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?/.exec(text.trim());
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/** Whether `version` is `least` or later. */
export function atLeast(version: Version, least: Version): boolean {
  for (const [index, wanted] of least.entries()) {
    const present = version[index] ?? 0;
    if (present !== wanted) return present > wanted;
  }
  return true;
}

/** `1.35`, or `2.1.3` when there is a patch. */
export function versionText([major, minor, patch]: Version): string {
  return patch === 0 ? `${major}.${minor}` : `${major}.${minor}.${patch}`;
}
