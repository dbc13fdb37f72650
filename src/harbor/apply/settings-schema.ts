import { z } from 'zod';
import { SlipwayError } from '../../core/index.js';
import { quotaBytes } from './quota-size.js';
import type { HarborSettings, HostedSettings } from './settings.js';

const text = z.string().min(1).max(255).describe('text');
const optionalText = text.optional();
const matching = (pattern: RegExp, what: string): z.ZodString =>
  z.string().regex(pattern, `needs ${what}`).describe(what);
// Harbor's crons have seconds.
const schedule = matching(/^\S+( \S+){5}$/, 'six fields, seconds first: 0 0 3 * * *');
const when = z.union([z.enum(['push', 'manual']), schedule]).optional();

const selection = {
  tags: optionalText,
  exceptTags: optionalText,
  repositories: optionalText,
  exceptRepositories: optionalText,
};
const oneSided = (rule: {
  tags?: unknown;
  exceptTags?: unknown;
  repositories?: unknown;
  exceptRepositories?: unknown;
}): boolean =>
  !(rule.tags !== undefined && rule.exceptTags !== undefined) &&
  !(rule.repositories !== undefined && rule.exceptRepositories !== undefined);
const ONE_SIDED = 'either the names that are meant, or those that are not';

const endpoint = z.strictObject({
  name: text,
  url: matching(/^https?:\/\/[^\s@]+$/, 'an address: https://harbor.example.com'),
  type: optionalText,
  username: optionalText,
  password: z.string().min(1).optional(),
  insecure: z.boolean().optional(),
  description: z.string().optional(),
});

const retentionRule = z
  .strictObject({
    keep: z.enum([
      'latestPushedK',
      'latestPulledN',
      'latestActiveK',
      'nDaysSinceLastPush',
      'nDaysSinceLastPull',
      'always',
    ]),
    count: z.number().int().min(1).max(2_000_000).optional(),
    ...selection,
  })
  .refine(oneSided, ONE_SIDED)
  .refine(
    (rule) => (rule.keep === 'always') === (rule.count === undefined),
    'needs a count (tags or days); always has none',
  );

const robot = z.strictObject({
  name: matching(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/, 'lower-case letters, digits and . _ - between them'),
  rights: z
    .union([z.enum(['push', 'pull']), z.array(z.strictObject({ resource: text, action: text })).min(1)])
    .optional(),
  days: z.union([z.literal(-1), z.number().int().min(1)]).optional(),
  description: z.string().optional(),
});

const label = z.strictObject({
  name: text,
  color: matching(/^#[0-9A-Fa-f]{6}$/, 'a colour: #0065AB').optional(),
  description: z.string().optional(),
});

const replication = z.strictObject({
  name: optionalText,
  to: endpoint,
  repositories: optionalText,
  tags: optionalText,
  namespace: optionalText,
  when,
  override: z.boolean().optional(),
  deletion: z.boolean().optional(),
  byChunk: z.boolean().optional(),
});

const preheat = z.strictObject({
  name: text,
  provider: optionalText,
  repositories: optionalText,
  tags: optionalText,
  when,
});

const settingsSchema = z.strictObject({
  project: matching(/^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/, 'lower-case letters, digits and . _ - between them'),
  public: z.boolean().optional(),
  quota: z.union([z.number(), z.string()]).optional(),
  scanOnPush: z.boolean().optional(),
  sbomOnPush: z.boolean().optional(),
  contentTrust: z.enum(['cosign', 'none']).optional(),
  proxyCache: endpoint.optional(),
  immutable: z.array(z.strictObject(selection).refine(oneSided, ONE_SIDED)).max(100).optional(),
  // Harbor's own limit.
  retention: z.strictObject({ rules: z.array(retentionRule).min(1).max(15), schedule: schedule.optional() }).optional(),
  robots: z.array(robot).max(100).optional(),
  labels: z.array(label).max(500).optional(),
  replication: z.array(replication).max(100).optional(),
  preheat: z.array(preheat).max(100).optional(),
});

/** The settings with their Harbor, for configurations. */
export const hostedSettingsSchema: z.ZodType<HostedSettings> = settingsSchema.extend({
  host: text.describe('a host: harbor.example.com'),
  robotsFile: text.optional(),
});

/** Checks settings from anywhere. Throws `CONFIG_INVALID` naming everything that is wrong, with its place. */
export function checkSettings(value: unknown): HarborSettings {
  return checked<HarborSettings>(settingsSchema, value);
}

/** The same for settings that say which Harbor they are for. */
export function checkHostedSettings(value: unknown): HostedSettings {
  return checked(hostedSettingsSchema, value);
}

function checked<T extends HarborSettings>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) {
    if (result.data.quota !== undefined) quotaBytes(result.data.quota);
    return result.data;
  }
  const problems = result.error.issues.map((issue) => ({
    at: issue.path.map(String).join('.') || '(top level)',
    text: issue.code === 'unrecognized_keys' ? `unknown key ${issue.keys.join(', ')}` : issue.message,
  }));
  throw new SlipwayError('CONFIG_INVALID', 'these are no settings of a Harbor', { problems });
}
