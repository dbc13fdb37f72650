import type { RunContext } from '../core/index.js';
import type { FileRange, ModelFile, ReadingGroup, ReadingOutlook } from '../files/index.js';
import { decimalSize } from '../package/index.js';

/** What is read of which files when these are read one after another. */
function ordersOf(files: readonly ModelFile[]): ReadonlyMap<ReadingGroup, readonly FileRange[]> {
  const orders = new Map<ReadingGroup, FileRange[]>();
  const add = (range: FileRange): void => {
    const { group } = range.file;
    if (group === undefined) return;
    const order = orders.get(group) ?? [];
    order.push(range);
    orders.set(group, order);
  };
  for (const file of files) {
    if (file.group !== undefined) add({ file, start: 0, end: file.size });
    else for (const range of file.sources ?? []) add(range);
  }
  return orders;
}

/** Says what of the source these files will need, and in which order: so that each byte is fetched once. */
export async function expectReading(files: readonly ModelFile[], context: RunContext): Promise<void> {
  const orders = ordersOf(files);
  const { warnings } = readingFacts(files);
  for (const message of warnings ?? []) {
    context.emit({ type: 'warning', code: 'READ_TWICE', message, hint: '--spill DIR, or a store' });
  }
  for (const [group, order] of orders) await group.expect(order);
}

/** What a plan says of it: nothing when the source is not read for these files, or through a store. */
export function readingFacts(files: readonly ModelFile[]): {
  readonly reading?: ReadingOutlook;
  readonly warnings?: readonly string[];
} {
  const outlooks = [...ordersOf(files)].map(([group, order]) => group.outlook(order));
  const [reading] = outlooks;
  if (reading === undefined || outlooks.length > 1) return {};
  if (reading.twice === 0) return { reading };
  const names = reading.files.map(({ path, twice }) => `${decimalSize(twice)} of '${path}'`);
  const listed =
    names.length > 3 ? `${names.slice(0, 3).join(', ')} and of ${names.length - 3} more` : names.join(', ');
  return {
    reading,
    warnings: [
      `${decimalSize(reading.twice)} of ${decimalSize(reading.size)} are fetched twice (${listed}): they stand in another order ` +
        'than they are written in, further apart than limits.memory has room for; --spill DIR or a store avoids it',
    ],
  };
}
