/** Makes a path that was given absolute. */
export type PathOf = (typed: string) => string;
