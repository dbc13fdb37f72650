/** Where the project is at home: every address of its own begins with it (build types, predicate types, reports). */
export const PROJECT_ADDRESS = 'https://slipway.dev';
