/** Licence ids of the Hub whose SPDX id is not the same in upper and lower case of the same letters. */
const SPDX: ReadonlyMap<string, string> = new Map(
  (
    `AFL-3.0 Apache-2.0 Artistic-2.0 BSD-2-Clause BSD-3-Clause BSD-3-Clause-Clear BSL-1.0 CC-BY-2.0 CC-BY-2.5 CC-BY-3.0 ` +
    `CC-BY-4.0 CC-BY-NC-2.0 CC-BY-NC-3.0 CC-BY-NC-4.0 CC-BY-NC-ND-3.0 CC-BY-NC-ND-4.0 CC-BY-NC-SA-2.0 CC-BY-NC-SA-3.0 ` +
    `CC-BY-NC-SA-4.0 CC-BY-ND-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CC0-1.0 CDLA-Permissive-1.0 CDLA-Permissive-2.0 ` +
    `CDLA-Sharing-1.0 ECL-2.0 EPL-1.0 EPL-2.0 EUPL-1.1 EUPL-1.2 ISC LPPL-1.3c MIT MPL-2.0 MS-PL NCSA OFL-1.1 OSL-3.0 ` +
    `PDDL-1.0 PostgreSQL Unlicense WTFPL Zlib etalab-2.0`
  )
    .split(' ')
    .map((id) => [id.toLowerCase(), id]),
);

/** Those that need more than other capitals. Where the Hub does not say "or later", it is not assumed. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['agpl-3.0', 'AGPL-3.0-only'],
  ['gpl-2.0', 'GPL-2.0-only'],
  ['gpl-3.0', 'GPL-3.0-only'],
  ['lgpl-2.1', 'LGPL-2.1-only'],
  ['lgpl-3.0', 'LGPL-3.0-only'],
  ['c-uda', 'C-UDA-1.0'],
  ['odc-by', 'ODC-By-1.0'],
  ['odbl', 'ODbL-1.0'],
  ['pddl', 'PDDL-1.0'],
  ['lgpl-lr', 'LGPLLR'],
]);

/**
 * The SPDX expression for a licence id of the Hub: `apache-2.0` → `Apache-2.0`, `llama3.1` → `LicenseRef-llama3.1`.
 * `other` takes its name from `license_name`. `undefined` when nothing is said (`unknown`, `other` without a name).
 */
export function spdxLicense(id: string, name?: string): string | undefined {
  const key = id.trim().toLowerCase();
  if (key === '' || key === 'unknown') return undefined;
  if (key === 'other') return name === undefined || name.trim() === '' ? undefined : (known(name) ?? reference(name));
  return known(key) ?? reference(key);
}

function known(id: string): string | undefined {
  const key = id.trim().toLowerCase();
  return SPDX.get(key) ?? OTHER_NAMES.get(key);
}

/** SPDX allows letters, digits, `.` and `-` in the name of a licence that is not on its list. */
function reference(name: string): string {
  const cleaned = name
    .trim()
    .replaceAll('+', '-plus')
    .replaceAll(/[^A-Za-z0-9.-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return `LicenseRef-${cleaned === '' ? 'unnamed' : cleaned.slice(0, 100)}`;
}
