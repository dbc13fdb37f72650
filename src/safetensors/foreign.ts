/** First bytes of containers that can carry code or hide it: refused by content, whatever the file is called. */
const MAGIC: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['a ZIP archive (PyTorch checkpoint)', [0x50, 0x4b, 0x03, 0x04]],
  ['a 7z archive', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ['an HDF5 file', [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['a gzip stream', [0x1f, 0x8b, 0x08]],
  ['a NumPy array', [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]],
];

/** Names that PyTorch, TensorFlow and others give to weights that only their own loaders can read. */
const WEIGHTS_WITH_CODE =
  /(?:^|\/)(?:pytorch_model[^/]*\.bin|(?:model|consolidated|adapter_model|flax_model|tf_model)[^/]*\.(?:bin|msgpack|h5)|[^/]+\.(?:pt|pth|ckpt|pkl|pickle|joblib|npy|npz|keras|pb|nemo|mar|dill))$/i;

/** What a file's first bytes give away, or `undefined`. A safetensors header never looks like any of these. */
export function foreignFormat(start: Uint8Array): string | undefined {
  // A pickle: PROTO with protocol 2 to 5. As a header length with six zero bytes behind it would be 0x0280 to 0x0580,
  // so the opcode that follows decides.
  if (start[0] === 0x80 && (start[1] ?? 0) >= 2 && (start[1] ?? 0) <= 5 && start[2] !== 0) return 'a Python pickle';
  return MAGIC.find(([, bytes]) => bytes.every((byte, index) => start[index] === byte))?.[0];
}

/** True for names of weight files that are refused and never opened. */
export function carriesCode(path: string): boolean {
  return WEIGHTS_WITH_CODE.test(path);
}
