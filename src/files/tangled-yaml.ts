/** Anchors and aliases that YAML text may have: looking one up takes as long as there are others. */
const MOST_MARKS = 200;
/** Brackets that are open at one place: each level of a flow makes every other dearer to read. */
const MOST_OPEN = 300;

/** Whether YAML text has more anchors (`&a`), aliases (`*a`) or open brackets than anything honest. */
export function isTangled(yaml: string): boolean {
  const mark = /(?:^|[\s,:[{-])[&*][\w-]/g;
  for (let count = 0; mark.exec(yaml) !== null; count++) if (count >= MOST_MARKS) return true;
  let open = 0;
  const bracket = /[[\]{}]/g;
  for (let match = bracket.exec(yaml); match !== null; match = bracket.exec(yaml)) {
    open = match[0] === '[' || match[0] === '{' ? open + 1 : Math.max(0, open - 1);
    if (open > MOST_OPEN) return true;
  }
  return false;
}
