import { optionTable } from '../core/index.js';
import {
  convert,
  CONVERT_OPTIONS,
  copy,
  COPY_OPTIONS,
  deploy,
  DEPLOY_OPTIONS,
  DEPLOY_TO,
  download,
  DOWNLOAD_OPTIONS,
  evaluate,
  EVALUATE_OPTIONS,
  harbor,
  harborSchema,
  MIX_OPTIONS,
  pack,
  PACK_OPTIONS,
  push,
  PUSH_OPTIONS,
  quantize,
  QUANTIZE_OPTIONS,
  save,
  SAVE_OPTIONS,
} from '../stages/index.js';
import { attest, attestSchema, sign, signSchema, verify, VERIFY_OPTIONS } from '../stages/trust/index.js';
import { ANY_FLOW, schemaRow, stageRow, type StageRow } from './stage-row.js';

const FROM = optionTable({
  from: {
    kind: 'text',
    required: true,
    argument: true,
    help: 'hf://org/name[@revision], ./directory, oci://host/repository:tag, layout:./dir:tag or oci-archive:f.tar:tag',
  },
});

/** Where a stage puts what it is given. */
function to<const Help extends string>(
  help: Help,
): { readonly to: { kind: 'text'; required: true; argument: true; help: Help } } {
  return { to: { kind: 'text', required: true, argument: true, help } };
}

/** What can be signed: before or after it is pushed. */
const SIGNABLE = ['a packed model', 'references'] as const;

/** Every stage that a YAML or JSON configuration can name: one row each. */
export const STAGE_ROWS: readonly StageRow[] = [
  stageRow(
    'download',
    { takes: ['nothing'], gives: 'files' },
    { ...FROM, ...DOWNLOAD_OPTIONS },
    ({ from, ...options }) => download(from, options),
  ),
  stageRow(
    'copy',
    { takes: ['nothing'], gives: 'references' },
    {
      from: { ...FROM.from, help: 'oci://host/repository:tag, layout:./dir:tag or oci-archive:f.tar:tag' },
      ...to('host/repository[:tag], layout:./directory[:tag] or oci-archive:f.tar[:tag]'),
      ...COPY_OPTIONS,
    },
    ({ from, to, ...options }) => copy(from, to, options),
  ),
  stageRow('convert', { takes: ['files'], gives: 'a GGUF' }, { ...CONVERT_OPTIONS, ...MIX_OPTIONS }, convert),
  stageRow(
    'quantize',
    { takes: ['files', 'a GGUF'], gives: 'a GGUF' },
    { ...QUANTIZE_OPTIONS, ...MIX_OPTIONS },
    quantize,
  ),
  stageRow('pack', { takes: ['files', 'a GGUF'], gives: 'a packed model' }, PACK_OPTIONS, pack),
  stageRow('evaluate', { takes: ['a GGUF', 'a packed model'], gives: 'what it takes' }, EVALUATE_OPTIONS, (options) =>
    evaluate<never>(options),
  ),
  schemaRow('harbor', { takes: ANY_FLOW, gives: 'what it takes' }, harborSchema, (options) => harbor<never>(options)),
  schemaRow('sign', { takes: SIGNABLE, gives: 'what it takes', before: 'push' }, signSchema, (options) =>
    sign<never>(options),
  ),
  schemaRow('attest', { takes: SIGNABLE, gives: 'what it takes', before: 'push' }, attestSchema, (options) =>
    attest<never>(options),
  ),
  stageRow('verify', { takes: ['files', 'references'], gives: 'what it takes' }, VERIFY_OPTIONS, (options) =>
    verify<never>(options),
  ),
  stageRow(
    'push',
    { takes: ['a packed model'], gives: 'references' },
    { ...to('host/repository, layout:./directory or oci-archive:f.tar'), ...PUSH_OPTIONS },
    ({ to, ...options }) => push(to, options),
  ),
  stageRow('deploy', { takes: ['references'], gives: 'references' }, { ...DEPLOY_TO, ...DEPLOY_OPTIONS }, deploy),
  stageRow(
    'save',
    { takes: ['files', 'a GGUF'], gives: 'references' },
    { ...to('a directory'), ...SAVE_OPTIONS },
    ({ to, ...options }) => save(to, options),
  ),
];
