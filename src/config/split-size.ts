import { z } from 'zod';

/** The converter's own spelling: decimal units. */
export const splitSize: z.ZodType<string | number> = z
  .union([z.string().regex(/^[1-9]\d{0,11}[KMG]?$/), z.int().min(1)])
  .describe("a size to split by: '2G', '500M'");
