/** A Harbor's version as `systeminfo` has it: `v2.15.2-9fb1a5c7`. */
export interface HarborVersion {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

/** The family of model artifacts that a Harbor shows as a model; both are names of packaging formats of `pack()`. */
export type ModelFamily = 'cnai' | 'modelpack';

/** Reads a version; `undefined` for a text that holds none (builds of a branch are called `dev`). */
export function parseVersion(text: string): HarborVersion | undefined {
  const match = /^v?(\d{1,4})\.(\d{1,4})(?:[.-]|$)/.exec(text);
  if (match === null) return undefined;
  return { text: text.slice(0, 80), major: Number(match[1]), minor: Number(match[2]) };
}

/**
 * Which family a Harbor shows with README, licence and files: the legacy `vnd.cnai` one before 2.16, CNCF ModelPack
 * (`vnd.cncf`) from there on. A Harbor that hides its version is taken for one before 2.16: 2.15.2 was the newest
 * release when this was measured.
 */
export function familyFor(version: HarborVersion | string | undefined): ModelFamily {
  const known = typeof version === 'string' ? parseVersion(version) : version;
  if (known === undefined) return 'cnai';
  return known.major > 2 || (known.major === 2 && known.minor >= 16) ? 'modelpack' : 'cnai';
}
