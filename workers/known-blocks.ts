// What ggml makes of one known row: written by test/oracle/known_blocks.py. Weights and importance are fractions with
// a small denominator, so that both sides make the same.

/** Weights in the known row: one block of the largest types. */
export const KNOWN_LENGTH = 256;

/** The known row. */
export function knownWeights(): Float32Array {
  return Float32Array.from({ length: KNOWN_LENGTH }, (_, i) => (((i * 37 + 11) % 255) - 127) / 64);
}

/** Its importance. */
export function knownImportance(): Float32Array {
  return Float32Array.from({ length: KNOWN_LENGTH }, (_, i) => (1 + (i % 7)) / 4);
}

/** Type, and the SHA-256 of its blocks, made with the importance above. */
export const KNOWN_BLOCKS: readonly (readonly [type: string, sha256: string])[] = [
  ['Q4_0', '2ff35ae5e95addcdfe4061b7e9b2844953adb1aedd862089d274b3fc3eb68ef7'],
  ['Q5_1', '3c4c2aef8b85c17e0795405861dd2f94e9a336de5cbf49ed4673879517a8c9b8'],
  ['Q8_0', 'd6e16f49a408fe39490b111e5ffc5b8c04701f52d8021432b53fefc00d787c88'],
  ['Q2_K', 'bebf6edcb36860a17eeeca6dc736b363cd7da97cde97080123c9a34a7c4922f9'],
  ['Q4_K', '85ca59493acfa7f0702578ea2ba7b6d577c4c95bd2fb8b9a906df15885569e80'],
  ['Q6_K', '987876117af80c33117dbc86a8729e3f760c0f523c197476eea27437fc614654'],
  ['IQ3_XXS', '881aa52b7f1515a9a972d2557083c1054435788b2128d09f7ff76678e7400d45'],
  ['IQ4_NL', '9f661c205f4f0dd83343b53aed70f72a6d5f77777fa5cdf8d73a5616ffd8e3a7'],
  ['TQ1_0', '122006c833a13e4462b19d9dd7808d12938d544621011b1a02d520ae34f938ed'],
  ['MXFP4', 'fd4063b0a2cdefe0b535c8a50635a6c052bd1d790a9952a54d3704f8edf0b2dd'],
  ['NVFP4', 'a23ed71aeb6a6e93079d33eb894779e9a36490e2f1f04aee4d2acef6918f6041'],
];
