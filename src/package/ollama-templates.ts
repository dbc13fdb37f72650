/**
 * Ollama's templates are written in Go's language, models carry Jinja, and one cannot be turned into the other in general. For the four conversation
 * formats that most models use, the Go form is given here; each is recognised by a token that only it has.
 */
const TEMPLATES: readonly { readonly mark: string; readonly template: string; readonly stop: readonly string[] }[] = [
  {
    mark: '<|im_start|>',
    template:
      '{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n',
    stop: ['<|im_start|>', '<|im_end|>'],
  },
  {
    mark: '<|start_header_id|>',
    template:
      '{{- range .Messages }}<|start_header_id|>{{ .Role }}<|end_header_id|>\n\n{{ .Content }}<|eot_id|>{{ end }}<|start_header_id|>assistant<|end_header_id|>\n\n',
    stop: ['<|start_header_id|>', '<|end_header_id|>', '<|eot_id|>'],
  },
  {
    mark: '<start_of_turn>',
    template:
      '{{- range .Messages }}<start_of_turn>{{ if eq .Role "assistant" }}model{{ else }}user{{ end }}\n{{ .Content }}<end_of_turn>\n{{ end }}<start_of_turn>model\n',
    stop: ['<start_of_turn>', '<end_of_turn>'],
  },
  {
    mark: '[INST]',
    template:
      '{{- range .Messages }}{{ if eq .Role "assistant" }}{{ .Content }}</s>{{ else }}[INST] {{ .Content }} [/INST]{{ end }}{{ end }}',
    stop: ['[INST]', '[/INST]'],
  },
];

/** The Go template for a Jinja chat template, if it is one of the known formats; without one Ollama uses the GGUF's own. */
export function ollamaTemplate(
  chatTemplate: string | undefined,
): { readonly template: string; readonly stop: readonly string[] } | undefined {
  return chatTemplate === undefined ? undefined : TEMPLATES.find(({ mark }) => chatTemplate.includes(mark));
}
