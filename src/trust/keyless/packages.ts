import type * as BundlePackage from '@sigstore/bundle';
import type * as Specs from '@sigstore/protobuf-specs';
import type * as SignPackage from '@sigstore/sign';
import type * as VerifyPackage from '@sigstore/verify';
import { SlipwayError } from '../../core/index.js';

/** Packages that signing and verifying with certificates need, with the ranges that run on Node 20. */
export const KEYLESS_PACKAGES: Readonly<Record<'verify' | 'sign', readonly string[]>> = {
  verify: ['@sigstore/bundle@4', '@sigstore/protobuf-specs@0.5', '@sigstore/verify@3'],
  sign: ['@sigstore/bundle@4', '@sigstore/protobuf-specs@0.5', '@sigstore/sign@4'],
};

export interface VerifyPackages {
  readonly bundle: typeof BundlePackage;
  readonly specs: typeof Specs;
  readonly verify: typeof VerifyPackage;
}

export interface SignPackages {
  readonly bundle: typeof BundlePackage;
  readonly specs: typeof Specs;
  readonly sign: typeof SignPackage;
}

// Each import stands within a `try` of its own function: bundlers pass over a package that is absent only there.

/** Loads what verifies certificates. Throws `CONFIG_INVALID` when it is not installed. */
export async function loadVerifyPackages(): Promise<VerifyPackages> {
  try {
    return {
      bundle: await import('@sigstore/bundle'),
      specs: await import('@sigstore/protobuf-specs'),
      verify: await import('@sigstore/verify'),
    };
  } catch (cause) {
    throw missing('verify', cause);
  }
}

/** Loads what signs with certificates. Throws `CONFIG_INVALID` when it is not installed. */
export async function loadSignPackages(): Promise<SignPackages> {
  try {
    return {
      bundle: await import('@sigstore/bundle'),
      specs: await import('@sigstore/protobuf-specs'),
      sign: await import('@sigstore/sign'),
    };
  } catch (cause) {
    throw missing('sign', cause);
  }
}

function missing(what: 'verify' | 'sign', cause: unknown): SlipwayError {
  return new SlipwayError('CONFIG_INVALID', `packages that ${what} with certificates are not installed`, {
    got: cause instanceof Error ? cause.message.split('\n')[0] : 'they cannot be loaded',
    try: `npm install ${KEYLESS_PACKAGES[what].join(' ')}`,
    cause,
  });
}
