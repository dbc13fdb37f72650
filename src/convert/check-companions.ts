import type { GgufTensor } from '../gguf/index.js';

/** What contradicts what, as an error says it. */
export interface Contradiction {
  readonly message: string;
  readonly where: string;
  readonly got: string;
}

/**
 * What stands beside a tensor of a block, where an architecture has both in some block. The other way round it need not be:
 * a block of experts has a norm, too.
 */
const NEEDS: readonly (readonly [tensor: string, companion: string])[] = [
  ...pairs('ffn_up.weight', 'ffn_gate.weight', 'ffn_down.weight'),
  ...pairs('ffn_up_exps.weight', 'ffn_gate_exps.weight', 'ffn_down_exps.weight', 'ffn_gate_inp.weight'),
  ...pairs('ffn_gate_up_exps.weight', 'ffn_down_exps.weight', 'ffn_gate_inp.weight'),
  ...pairs('ffn_up_shexp.weight', 'ffn_gate_shexp.weight', 'ffn_down_shexp.weight'),
  ...pairs('attn_k.weight', 'attn_v.weight'),
  ['attn_q.weight', 'attn_output.weight'],
  ['attn_q.weight', 'attn_norm.weight'],
  ['attn_qkv.weight', 'attn_norm.weight'],
  ['ffn_down.weight', 'ffn_norm.weight'],
  ['ffn_down_exps.weight', 'ffn_norm.weight'],
];

/** Every one of them with every other. */
function pairs(...tensors: readonly string[]): (readonly [string, string])[] {
  return tensors.flatMap((one) => tensors.filter((other) => other !== one).map((other) => [one, other] as const));
}

type Blocks = ReadonlyMap<number, ReadonlyMap<string, GgufTensor>>;

/** Tensors of each block by the rest of their name: `attn_q.weight`. */
function blocksOf(tensors: readonly GgufTensor[]): Blocks {
  const blocks = new Map<number, Map<string, GgufTensor>>();
  for (const tensor of tensors) {
    const [, block, role] = /^blk\.(\d+)\.(.+)$/.exec(tensor.name) ?? [];
    if (block === undefined || role === undefined) continue;
    const roles = blocks.get(Number(block)) ?? new Map<string, GgufTensor>();
    blocks.set(Number(block), roles.set(role, tensor));
  }
  return blocks;
}

/** A tensor that one block lacks although others have it beside the same tensor: a shard or a layer was lost in part. */
export function missingCompanion(tensors: readonly GgufTensor[]): Contradiction | undefined {
  const blocks = blocksOf(tensors);
  for (const [tensor, companion] of NEEDS) {
    const whole = [...blocks].find(([, roles]) => roles.has(tensor) && roles.has(companion));
    const partial = [...blocks].find(([, roles]) => roles.has(tensor) && !roles.has(companion));
    if (whole === undefined || partial === undefined) continue;
    const where = `blk.${partial[0]}.${companion}`;
    const got = `block ${partial[0]} has ${tensor}; block ${whole[0]} has ${companion} beside it`;
    return { message: `tensor '${where}' is missing`, where, got };
  }
  return undefined;
}

/** A vector whose length is not that of the matrix's rows that it is added to, or matrices of a block that do not fit each other. */
export function unfitShapes(tensors: readonly GgufTensor[]): Contradiction | undefined {
  for (const roles of blocksOf(tensors).values()) {
    for (const [role, bias] of roles) {
      const matrix = role.endsWith('.bias') ? roles.get(`${role.slice(0, -'.bias'.length)}.weight`) : undefined;
      if (matrix === undefined || bias.dimensions.length > 1 || matrix.dimensions.length > 2) continue;
      const rows = matrix.dimensions.at(-1) ?? 0;
      if (bias.dimensions[0] !== rows) return contradiction(bias, `[${bias.dimensions.join(', ')}], ${rows} rows`);
    }
    const up = roles.get('ffn_up.weight');
    const down = roles.get('ffn_down.weight');
    const gate = roles.get('ffn_gate.weight');
    if (up === undefined || down === undefined) continue;
    const [length = 0] = down.dimensions;
    const rows = up.dimensions[1] ?? 0;
    // Some models have the gate in the rows of up.
    if (rows !== length && (gate !== undefined || rows !== 2 * length)) return contradiction(up, shapes(up, down));
    if (gate !== undefined && gate.dimensions[1] !== rows) return contradiction(gate, shapes(gate, up));
  }
  return undefined;
}

function contradiction({ name }: GgufTensor, got: string): Contradiction {
  return { message: `tensor '${name}' does not fit what stands beside it`, where: name, got };
}

function shapes(one: GgufTensor, other: GgufTensor): string {
  return [one, other].map(({ name, dimensions }) => `${name} [${dimensions.toReversed().join(', ')}]`).join(', ');
}
