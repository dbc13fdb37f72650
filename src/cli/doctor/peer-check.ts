import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageFacts } from '../../core/index.js';
import type { DoctorCheck } from './check.js';

/** What each optional package is for; those of other platforms are left out. */
const PURPOSES: Readonly<Record<string, string>> = {
  '@aws-sdk/client-s3': 's3://',
  '@kubernetes/client-node': 'deploying to a cluster',
  '@opentelemetry/api': 'traces and metrics',
  '@sigstore/sign': 'signing without a key',
  '@sigstore/verify': 'verifying such signatures',
  'onnxruntime-node': 'running ONNX models',
};

/** Packages that only some features need: one that is missing is named by its feature when it is used. */
export const peerCheck: DoctorCheck = {
  name: 'optional packages',
  run: async () => {
    const { directory } = await packageFacts();
    const { resolve } = createRequire(import.meta.url);
    const text = await readFile(join(directory, 'package.json'), 'utf8');
    const { peerDependencies = {} } = JSON.parse(text) as {
      readonly peerDependencies?: Readonly<Record<string, string>>;
    };
    const named = Object.keys(peerDependencies).filter((name) => name in PURPOSES);
    const missing = named.filter((name) => !isFound(resolve, name));
    const found = named.filter((name) => !missing.includes(name));
    const list = (names: readonly string[]): string =>
      names.map((name) => `${name} (${PURPOSES[name] ?? ''})`).join(', ');
    const parts = [
      found.length === 0 ? 'none installed' : found.join(', '),
      missing.length === 0 ? '' : `not installed: ${list(missing)}`,
    ];
    return { state: 'ok', fact: parts.filter((part) => part !== '').join('; ') };
  },
};

/** A package that exports nothing to `require` is there, too. */
function isFound(resolve: (name: string) => string, name: string): boolean {
  try {
    resolve(name);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
  }
}
