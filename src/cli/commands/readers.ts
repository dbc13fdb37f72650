import { pickOptions, SlipwayError } from '../../core/index.js';
import { wantedReference } from '../../registry/index.js';
import type { Command } from 'commander';
import { explainReaders, findManifest, formatOfArtifact, shapeOfArtifact } from '../../package/index.js';
import { openRunScope } from '../../run/index.js';
import { DOWNLOAD_OPTIONS, openRunTarget } from '../../stages/index.js';
import { givenSource, isArtifact } from '../arguments/any-source.js';
import type { Start } from '../program/command-module.js';
import { declareOptions } from '../options/declare-options.js';
import { addExamples } from '../program/help.js';
import { fullReference } from '../inspect/artifact-lines.js';
import { evaluationRows, evaluationsOf } from '../inspect/evaluation-facts.js';
import { safeLine, table } from '../screen/text.js';

export function define(command: Command, start: Start): void {
  command
    .description(
      'Says which tools can use an artifact, and why others cannot; and how it was evaluated. Reads manifests only.',
    )
    .argument('<ref>', 'host/repository[:tag][@sha256:…], layout:./dir[:tag] or oci-archive:f.tar[:tag]')
    .action(async (ref: string) =>
      start(async (session) => {
        const { from } = await read(session.path);
        const place = givenSource(ref, session.path);
        if (!isArtifact(place)) {
          throw new SlipwayError('USAGE', `'${ref}' names no artifact`, { try: 'pipeline inspect' });
        }
        const scope = await openRunScope(
          { name: 'readers', pipeline: { name: 'readers', run: async () => undefined }, store: 'none' },
          { env: session.env, signal: session.signal, network: session.network },
        );
        try {
          const opened = openRunTarget(place.source, scope.context, 'readers');
          const { target, tag } = opened;
          const { manifest, stored } = await findManifest(
            { target, reference: await wantedReference(opened, session.signal), name: target.name },
            { variant: from.variant, signal: session.signal },
          );
          const answers = explainReaders(manifest);
          const evaluations = await evaluationsOf(target, stored.descriptor.digest, session);
          const [format, shape] = [formatOfArtifact(manifest), shapeOfArtifact(manifest)];
          const rows = answers.map(({ reader, verdict, why = '' }) => [reader, verdict, why].map(safeLine));
          session.output.result({
            json: {
              reference: fullReference(target.name, tag, stored.descriptor.digest),
              digest: stored.descriptor.digest,
              format,
              shape,
              readers: answers,
              evaluations,
            },
            text: [
              table([['READER', 'CAN USE IT', 'WHY'], ...rows]),
              ...(evaluations.length === 0 ? [] : [table(evaluationRows(evaluations))]),
            ].join('\n\n'),
            quiet: answers
              .filter(({ verdict }) => verdict === 'yes')
              .map(({ reader }) => reader)
              .join('\n'),
          });
        } finally {
          await scope.close();
        }
      }),
    );
  const read = declareOptions(command, { from: pickOptions(DOWNLOAD_OPTIONS, ['variant']) });
  addExamples(
    command,
    'pipeline readers harbor.example.com/models/qwen:q4_k_m',
    'pipeline readers layout:./models:latest --variant Q4_K_M --json',
  );
}
