/** The text of api.d.ts, and the names that it uses and does not export. */
export declare function publicSurface(): { readonly text: string; readonly hidden: readonly string[] };
