/**
 * The word that was probably meant: same letters in another case or spelling, the first that begins like it, or one at
 * most two edits away and less than half of the word.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(word);
  const all = [...candidates];
  const same = all.find((candidate) => plain(candidate) === wanted);
  const completed = wanted.length < 2 ? undefined : all.find((candidate) => plain(candidate).startsWith(wanted));
  return same ?? completed ?? closest(wanted, all)[0];
}

/**
 * All words that may have been meant, likeliest first: one of the same letters alone, else those that are the fewest edits
 * away, else those that begin like it. Nothing that differs in half of its letters or more.
 */
export function nearestAll(word: string, candidates: Iterable<string>): readonly string[] {
  const wanted = plain(word);
  const all = [...candidates];
  const same = all.filter((candidate) => plain(candidate) === wanted);
  if (same.length > 0) return same;
  const close = closest(wanted, all);
  if (close.length > 0 || wanted.length < 2) return close;
  return all.filter((candidate) => plain(candidate).startsWith(wanted)).slice(0, 3);
}

/** Those that are the fewest edits away: at most two, and less than half of the longer word. */
function closest(wanted: string, candidates: readonly string[]): readonly string[] {
  let best = 2;
  let found: string[] = [];
  for (const candidate of candidates) {
    const letters = plain(candidate);
    const distance = editDistance(wanted, letters);
    if (distance > best || distance * 2 >= Math.max(wanted.length, letters.length)) continue;
    found = distance < best ? [candidate] : [...found, candidate];
    best = distance;
  }
  return found;
}

/** ` — did you mean 'x'?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const match = nearest(word, candidates);
  return match === undefined ? '' : ` — did you mean '${match}'?`;
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_.\s]/g, '');
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment); long words are not compared. */
export function editDistance(a: string, b: string): number {
  if (a === b) return 0;
  if (a.length > 64 || b.length > 64) return Number.POSITIVE_INFINITY;
  let [before, previous]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    [before, previous] = [previous, current];
  }
  return previous[b.length] ?? 0;
}
