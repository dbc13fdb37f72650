/** First bytes of containers that can carry code or hide it: refused by content, whatever the file is called. */
const MAGIC: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['a ZIP archive (PyTorch checkpoint)', [0x50, 0x4b, 0x03, 0x04]],
  ['a 7z archive', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ['an HDF5 file', [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['a gzip stream', [0x1f, 0x8b, 0x08]],
  ['a NumPy array', [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]],
];

/** What a file's first bytes give away, or `undefined`. A safetensors header never looks like any of these. */
export function foreignFormat(start: Uint8Array): string | undefined {
  // A pickle: PROTO with protocol 2 to 5. As a header length with six zero bytes behind it would be 0x0280 to 0x0580,
  // so the opcode that follows decides.
  if (start[0] === 0x80 && (start[1] ?? 0) >= 2 && (start[1] ?? 0) <= 5 && start[2] !== 0) return 'a Python pickle';
  return MAGIC.find(([, bytes]) => bytes.every((byte, index) => start[index] === byte))?.[0];
}

/** Bytes of a file's start that {@link mayRunCode} looks at. */
export const TELLING_BYTES = 128;

/** Pickle protocol 0 is text: marks, then an opcode with a name or a number on a line. */
const TEXT_PICKLE = /^\(*[cdilt][\w.]{0,100}\n/;

/** Whether a file that is no known container may be more than data: something above, or a pickle written as text. */
export function mayRunCode(start: Uint8Array): boolean {
  return foreignFormat(start) !== undefined || TEXT_PICKLE.test(Buffer.from(start).toString('latin1'));
}

/** Containers whose loaders can run code, and formats that are no use to a converter (supply-chain threat model). */
const CODE_BEARING = /\.(bin|pt|pth|ckpt|pkl|pickle|joblib|npy|npz|h5|hdf5|keras|pb|nemo|mar|dill|dat|data|ot)$/i;
/** Names that end as those do, of what holds data only: tensors of an ONNX model, an importance matrix. */
const DATA_IN_SPITE = /(?:\.onnx\.data|(?:^|[/._-])imatrix[^/]*\.dat)$/i;

/** Whether a name is one of a container that may run code when it is loaded. */
export function hasCodeName(path: string): boolean {
  return CODE_BEARING.test(path) && !DATA_IN_SPITE.test(path);
}
