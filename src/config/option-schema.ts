import { z } from 'zod';
import { DURATION_PATTERN, SIZE_PATTERN, type LeafRow, type OptionTable } from '../core/index.js';

/** What a value has to be, in the words of an error. A schema's own description says what the option is for. */
export const NEEDS: z.core.$ZodRegistry<{ readonly needs: string }> = z.registry<{ readonly needs: string }>();

/** The schema of the options of a table, as a configuration writes them. */
export function optionSchema(table: OptionTable): z.ZodObject {
  return z.strictObject(
    Object.fromEntries(
      Object.entries(table).map(([key, row]) => {
        const schema = row.kind === 'options' ? needed(optionSchema(row.rows), 'an object') : listed(row);
        const description = row.help;
        if (row.required !== true) return [key, schema.optional().meta({ description })];
        return [key, needed(schema.meta({ description }), NEEDS.get(schema)?.needs)];
      }),
    ),
  );
}

function listed(row: LeafRow): z.ZodType {
  const one = valueSchema(row);
  if (row.list === undefined) return one;
  const needs = row.kind === 'text' ? (row.needs ?? 'text') : (NEEDS.get(one)?.needs ?? 'one of the allowed words');
  const list = z.array(one).min(1);
  if (row.list === 'one or more') return needed(z.union([one, list]), `${needs} or a list of them`);
  return needed(list, needs === 'text' ? 'a list of text' : `a list: ${needs}`);
}

function valueSchema(row: LeafRow): z.ZodType {
  switch (row.kind) {
    case 'flag':
      return needed(z.boolean(), 'true or false');
    case 'text':
      return textSchema(row.most ?? 4096, row.orFile === true ? 0 : 1, row.problem);
    case 'path':
      if (row.orOptions === undefined) return textSchema(4096, 1);
      return needed(z.union([textSchema(4096, 1), optionSchema(row.orOptions)]), 'a path, or what it is made from');
    case 'choice':
      if (row.orFlag !== true) return z.enum(row.choice);
      return needed(z.union([z.boolean(), z.enum(row.choice)]), `true, false or one of ${row.choice.join(', ')}`);
    case 'count': {
      const { least = 1, most = Number.MAX_SAFE_INTEGER } = row;
      const bound = most === Number.MAX_SAFE_INTEGER ? 'on' : `to ${most}`;
      return needed(z.int().min(least).max(most), `a whole number from ${least} ${bound}`);
    }
    case 'number':
      return needed(
        z
          .number()
          .min(row.least ?? -Infinity)
          .max(row.most ?? Infinity),
        'a number',
      );
    case 'numbers':
      return needed(
        z.union([
          textSchema(4096, 1),
          z
            .array(
              z
                .int()
                .min(0)
                .max(row.most ?? Number.MAX_SAFE_INTEGER),
            )
            .min(1),
        ]),
        "text such as '20,21', or a list of whole numbers",
      );
    case 'size':
      return sizeSchema;
    case 'duration':
      return durationSchema;
    case 'pairs':
      return needed(z.record(textSchema(4096, 1), z.string().max(65_536)), 'an object of text');
    case 'settings':
      return needed(optionSchema(row.rows), 'an object');
    default:
      return row satisfies never;
  }
}

function textSchema(most: number, least: number, problem?: (word: string) => string | undefined): z.ZodType<string> {
  const text = needed(z.string().min(least).max(most), 'text');
  if (problem === undefined) return text;
  return text.superRefine((word, context) => {
    const message = problem(word);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

/** A number of bytes, or text such as `4GiB`. */
export const sizeSchema: z.ZodType<number | string> = needed(
  z.union([z.int().positive(), z.string().regex(SIZE_PATTERN)]),
  "a size such as '4GiB' or '2G', or a number of bytes",
);

const durationSchema = needed(
  z.union([z.int().min(0), z.string().regex(DURATION_PATTERN)]),
  "a time such as '90s', '12h' or '30d', or milliseconds",
);

function needed<T extends z.ZodType>(schema: T, needs: string | undefined): T {
  if (needs !== undefined) NEEDS.add(schema, { needs });
  return schema;
}
