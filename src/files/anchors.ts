/** Anchors and aliases that a front matter may have: looking one up takes as long as there are others. */
const MOST = 200;

/** Whether YAML text has more anchors (`&a`) and aliases (`*a`) than anything honest. */
export function hasManyAnchors(yaml: string): boolean {
  const mark = /(?:^|[\s,:[{-])[&*][\w-]/g;
  for (let count = 0; mark.exec(yaml) !== null; count++) if (count >= MOST) return true;
  return false;
}
