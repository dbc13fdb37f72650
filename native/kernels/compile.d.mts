/** What the addons of the kernels are made of, as one digest. */
export function kernelsDigest(): Promise<string>;
