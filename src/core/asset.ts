import { createRequire } from 'node:module';
import { SlipwayError } from './error.js';

const BUNDLE_HELP = [
  "keep the package out of the bundle: esbuild --external:slipway (or --packages=external), rollup external: ['slipway'], webpack externals: { slipway: 'module slipway' }",
  'in a clone: npm run build',
];

/**
 * Path of a file that this package brings beside its code: the entry of a thread, the compiled kernels. Throws
 * `KERNEL_UNAVAILABLE` when it is not there, as in a bundle, where only the code of the package has gone along.
 */
export function assetPath(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(`#workers/${name}`);
  } catch (cause) {
    throw new SlipwayError(
      'KERNEL_UNAVAILABLE',
      `slipway's own file '${name}' is missing: in a bundle, keep 'slipway' external (esbuild --external:slipway)`,
      { where: import.meta.url, try: BUNDLE_HELP, cause },
    );
  }
}

/** Paths of the compiled addons of a name that are here: built in this place, or brought for this platform. None in a bundle. */
export function addonPaths(file: string): readonly string[] {
  return [`#native/build/${file}`, `#native/prebuilt/${process.platform}-${process.arch}/${file}`].flatMap((name) => {
    try {
      // In a bundle this fails in one way or another: there may be no address, or no function.
      return [createRequire(import.meta.url).resolve(name)];
    } catch {
      return [];
    }
  });
}
