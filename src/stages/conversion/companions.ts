import type { ModelFile, Snapshot } from '../../files/index.js';

/** Files that go with a converted model: what servers, people and Harbor's tabs look for. */
const COMPANIONS: readonly RegExp[] = [
  /^readme(\.md)?$/i,
  /^(licen[cs]e|notice|copying)(\.(txt|md))?$/i,
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|chat_template|preprocessor_config|vocab)\.json$/,
  /^chat_template\.jinja$/,
  /^(tokenizer|spiece|sentencepiece\.bpe)\.model$/,
  /^(merges|vocab)\.txt$/,
];

/** The files of a repository that a converted model takes along. */
export function companionsOf(snapshot: Snapshot): readonly ModelFile[] {
  return snapshot.files.filter((file) => COMPANIONS.some((pattern) => pattern.test(file.path)));
}
