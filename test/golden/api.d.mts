/** The texts of api.d.ts and types.ts, and the types that cannot be exported because their own file does not. */
export declare function publicSurface(): {
  readonly text: string;
  readonly types: string;
  readonly local: readonly string[];
};
