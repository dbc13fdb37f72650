import type { TensorType } from '../gguf/index.js';
import type { FileTypeName } from './file-types.js';
import type { MixFacts } from './mix-facts.js';

/** What a rule may look at. */
export interface Situation {
  readonly facts: MixFacts;
  /** How many tensors of this kind came before, or the tensor's layer in a mixture of experts. */
  readonly position: number;
  /** How many there are: layers, or attention values. */
  readonly count: number;
  readonly hasImatrix: boolean;
}

/** The type a tensor gets instead of the file type's own; `undefined` leaves it. */
export type Rule = TensorType | ((situation: Situation) => TensorType | undefined);
/** One rule for each file type that has one. */
export type Rules = Readonly<Partial<Record<FileTypeName, Rule>>>;

export function applyRule(rules: Rules, fileType: FileTypeName, situation: Situation): TensorType | undefined {
  const rule = rules[fileType];
  return typeof rule === 'function' ? rule(situation) : rule;
}

/** The first and last eighth of the layers, and every third between. */
export function deservesMoreBits(position: number, count: number): boolean {
  const eighth = Math.floor(count / 8);
  return position < eighth || position >= Math.floor((7 * count) / 8) || (position - eighth) % 3 === 2;
}

const inFirst = (fraction: number, { position, count }: Situation): boolean => position < Math.floor(count / fraction);
const isMoreBits = ({ position, count }: Situation): boolean => deservesMoreBits(position, count);
const isFalcon = ({ facts }: Situation): boolean => facts.architecture === 'falcon';
const manyHeadsPerKv = ({ facts }: Situation): boolean => facts.headsPerKv >= 4;

/** File types of two bits and less have rules of their own, which come before all others. */
export const FEWEST_BITS: ReadonlySet<FileTypeName> = new Set([
  'IQ1_S',
  'IQ1_M',
  'IQ2_XXS',
  'IQ2_XS',
  'IQ2_S',
  'IQ2_M',
]);
/** Those of them that spend a little more where it matters. */
const RICHER: ReadonlySet<FileTypeName> = new Set(['IQ2_S', 'IQ2_M']);

/** Output tensors that get Q5_K; the others get Q6_K. */
export const OUTPUT_Q5_K: ReadonlySet<FileTypeName> = new Set([...FEWEST_BITS, 'IQ3_XXS']);

export const TOKEN_EMBEDDING: Rules = {
  IQ1_S: 'Q2_K',
  IQ1_M: 'Q2_K',
  IQ2_XXS: 'Q2_K',
  IQ2_XS: 'Q2_K',
  IQ2_S: 'IQ3_S',
  IQ2_M: 'IQ3_S',
  IQ3_XXS: 'IQ3_S',
  TQ1_0: 'Q4_K',
  TQ2_0: 'Q4_K',
  Q2_0: 'Q4_K',
};

/** What {@link FEWEST_BITS} do with the tensors that suffer most. */
export const fewestBits = {
  attentionValue(fileType: FileTypeName, { facts }: Situation): TensorType {
    if (facts.headsPerKv >= 4 || facts.experts >= 4) return 'Q4_K';
    return RICHER.has(fileType) ? 'IQ3_S' : 'Q2_K';
  },
  ffnDown(fileType: FileTypeName, situation: Situation): TensorType | undefined {
    if (!inFirst(8, situation)) return undefined;
    return RICHER.has(fileType) ? 'IQ3_S' : 'Q2_K';
  },
  attentionOutput(fileType: FileTypeName, { facts }: Situation): TensorType | undefined {
    if (facts.experts === 8) return 'Q5_K';
    if (RICHER.has(fileType)) return 'IQ3_S';
    return fileType === 'IQ1_S' || fileType === 'IQ1_M' ? 'IQ2_XXS' : undefined;
  },
} as const;

export const ATTENTION_VALUE: Rules = {
  Q2_K: (at) => (manyHeadsPerKv(at) ? 'Q4_K' : 'Q3_K'),
  Q2_K_S: (at) => (manyHeadsPerKv(at) ? 'Q4_K' : undefined),
  IQ3_XXS: (at) => {
    if (manyHeadsPerKv(at)) return 'Q4_K';
    return at.hasImatrix ? 'IQ3_XXS' : 'IQ3_S';
  },
  IQ3_XS: (at) => (manyHeadsPerKv(at) ? 'Q4_K' : undefined),
  IQ3_S: (at) => (manyHeadsPerKv(at) ? 'Q4_K' : undefined),
  IQ3_M: 'Q4_K',
  Q3_K_M: ({ position }) => (position < 2 ? 'Q5_K' : 'Q4_K'),
  Q3_K_L: 'Q5_K',
  IQ4_NL: (at) => (manyHeadsPerKv(at) ? 'Q5_K' : undefined),
  IQ4_XS: (at) => (manyHeadsPerKv(at) ? 'Q5_K' : undefined),
  Q4_K_M: (at) => (isMoreBits(at) ? 'Q6_K' : undefined),
  Q5_K_M: (at) => (isMoreBits(at) ? 'Q6_K' : undefined),
  Q4_K_S: ({ position }) => (position < 4 ? 'Q5_K' : undefined),
};

/** Keys and queries. */
export const ATTENTION_KEY_QUERY: Rules = { IQ3_XS: 'IQ3_XXS', IQ3_XXS: 'IQ2_S' };

export const FFN_DOWN: Rules = {
  Q2_K: 'Q3_K',
  Q2_K_S: (at) => (inFirst(8, at) ? 'Q4_K' : undefined),
  IQ3_XXS: (at) => {
    if (at.hasImatrix) return undefined;
    return inFirst(8, at) ? 'Q4_K' : 'Q3_K';
  },
  Q3_K_M: (at) => {
    if (inFirst(16, at)) return 'Q5_K';
    return !isFalcon(at) || isMoreBits(at) ? 'Q4_K' : 'Q3_K';
  },
  IQ3_M: (at) => (inFirst(8, at) || (at.facts.experts === 8 && isMoreBits(at)) ? 'Q4_K' : undefined),
  Q3_K_L: (at) => (isFalcon(at) ? 'Q4_K' : 'Q5_K'),
  Q4_K_M: (at) => {
    if (!isFalcon(at)) return isMoreBits(at) ? 'Q6_K' : undefined;
    if (inFirst(16, at)) return 'Q6_K';
    return isMoreBits(at) ? 'Q5_K' : 'Q4_K';
  },
  IQ4_NL: (at) => (inFirst(8, at) && !at.hasImatrix ? 'Q5_K' : undefined),
  IQ4_XS: (at) => (inFirst(8, at) && !at.hasImatrix ? 'Q5_K' : undefined),
  Q5_K_M: (at) => (isMoreBits(at) ? 'Q6_K' : undefined),
  Q4_K_S: (at) => (!isFalcon(at) && inFirst(8, at) ? 'Q5_K' : undefined),
  // The first layers can go wrong even with an importance matrix; without one files stay what they always were.
  Q4_0: (at) => (at.hasImatrix && inFirst(8, at) ? 'Q4_1' : undefined),
  Q5_0: (at) => (at.hasImatrix && inFirst(8, at) ? 'Q5_1' : undefined),
};

/** Gates and up projections: the middle three quarters get fewer bits. */
export const FFN_GATE_UP: Rules = {
  IQ3_XS: ({ position, count }) =>
    position >= Math.floor(count / 8) && position < Math.floor((7 * count) / 8) ? 'IQ3_XXS' : undefined,
};

const OUTPUT_OF_8_EXPERTS: ReadonlySet<FileTypeName> = new Set([
  'Q2_K',
  'IQ3_XS',
  'IQ3_XXS',
  'Q3_K_S',
  'Q3_K_M',
  'IQ4_NL',
  'Q4_K_S',
  'Q4_K_M',
  'IQ3_S',
  'IQ3_M',
  'IQ4_XS',
]);

const DENSE_ATTENTION_OUTPUT: Rules = { Q2_K: 'Q3_K', IQ3_XXS: 'IQ3_S', Q3_K_M: 'Q4_K', Q3_K_L: 'Q5_K', IQ3_M: 'Q4_K' };

export function attentionOutput(fileType: FileTypeName, situation: Situation): TensorType | undefined {
  if (isFalcon(situation)) return fileType === 'Q3_K_L' ? 'Q4_K' : undefined;
  if (situation.facts.experts === 8) return OUTPUT_OF_8_EXPERTS.has(fileType) ? 'Q5_K' : undefined;
  return applyRule(DENSE_ATTENTION_OUTPUT, fileType, situation);
}
