interface ObjectSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

const ROWS = { type: 'array', items: { type: 'object' } };

const MATRIX = {
  description: 'values by name: one pipeline for each combination, with ${matrix.NAME} filled in; or a list of rows',
  anyOf: [
    {
      type: 'object',
      properties: { include: ROWS, exclude: ROWS },
      additionalProperties: { type: 'array', minItems: 1 },
    },
    ROWS,
  ],
};

/** The schema of a file out of that of one pipeline: one, a list of them, or a list below `pipelines:` with shared keys. */
export function fileSchema(pipeline: ObjectSchema): unknown {
  const { required = [], ...partial } = pipeline;
  const member = { ...partial, properties: { ...pipeline.properties, matrix: MATRIX }, $schema: undefined };
  return {
    ...partial,
    type: ['object', 'array'],
    properties: {
      ...pipeline.properties,
      matrix: MATRIX,
      pipelines: {
        description: 'several pipelines; the keys beside it are shared',
        type: 'array',
        minItems: 1,
        items: member,
      },
    },
    items: { ...member, required },
    anyOf: [{ type: 'array', minItems: 1 }, { required }, { required: ['pipelines'] }],
  };
}
