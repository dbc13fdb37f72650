/** Makes a path that was given absolute. */
export type PathOf = (given: string) => string;
