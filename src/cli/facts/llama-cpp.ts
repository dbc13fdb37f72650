/** The release of llama.cpp whose bytes are reproduced. */
export const LLAMA_CPP = { release: '0.5.0', commit: '0c1e57098' } as const;
