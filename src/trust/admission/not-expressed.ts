import type { Policy } from '../verify/policy.js';

/** Rules about the artifact and about what attestations say, which an engine that knows images only does not check. */
const CONTENT_RULES: readonly (readonly [rule: keyof Policy, why: string])[] = [
  ['sources', 'what the provenance says is not looked into'],
  ['builders', 'what the provenance says is not looked into'],
  ['buildTypes', 'what the provenance says is not looked into'],
  ['evaluation', 'scores of attestations are not compared'],
  ['maxAge', 'the age of a build is not compared with a clock'],
  ['licenses', 'the bill of materials and the artifact are not looked into'],
  ['baseModels', 'the bill of materials and the artifact are not looked into'],
  ['quantizations', 'the artifact is not looked into'],
  ['formats', 'the artifact is not looked into'],
];

/** The rules of a policy that only `pipeline verify` checks. `expressed`: those that the engine checks all the same. */
export function contentRules(
  policy: Policy,
  expressed: readonly string[] = [],
): { readonly rule: string; readonly why: string }[] {
  const notExpressed = CONTENT_RULES.filter(([rule]) => policy[rule] !== undefined && !expressed.includes(rule));
  const ofIdentities = policy.identities
    .filter(({ builders }) => builders !== undefined)
    .map(({ name }) => [`identities: ${name}: builders`, 'what the provenance says is not looked into'] as const);
  return [...ofIdentities, ...notExpressed].map(([rule, why]) => ({
    rule,
    why: `${why}: keep 'pipeline verify' or 'pipeline promote' before it`,
  }));
}
