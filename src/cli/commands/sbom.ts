import type { Command } from 'commander';
import { SlipwayError } from '../../core/index.js';
import { fileOfLayer } from '../../registry/index.js';
import { evaluationRecords } from '../../stages/index.js';
import { artifactVariant, billOfMaterials, performanceMetrics, resolveArtifact } from '../../stages/trust/index.js';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { trustPlace } from '../trust/place.js';
import { withContext } from '../trust/with-context.js';

export function define(command: Command, start: Start): void {
  command
    .description(
      'Prints the bill of materials of an artifact: a CycloneDX 1.6 ML-BOM, from its manifest, its small files and its header.',
    )
    .argument('<ref>', 'host/repository[:tag][@sha256:…], layout:./dir[:tag] or oci-archive:f.tar[:tag]')
    .action(async (ref: string) =>
      start(async (session) => {
        const place = trustPlace(ref, session.path);
        if (place.kind !== 'artifact') {
          throw new SlipwayError('USAGE', `'${ref}' names no artifact`, { try: 'pipeline sbom host/repository:tag' });
        }
        const bom = await withContext(session, 'sbom', async (context) => {
          const { target, descriptor, layers, isIndex, reference } = await resolveArtifact(
            place.address,
            context,
            'sbom',
          );
          if (isIndex) {
            throw new SlipwayError('USAGE', `'${reference}' is an index: each of its members has its own`, {
              try: `pipeline inspect ${ref}   (lists them by digest)`,
            });
          }
          const variant = await artifactVariant(target, descriptor.digest, context);
          const files = layers.map(({ digest, size, annotations }) => ({
            path: fileOfLayer({ annotations }) ?? digest,
            size,
            digest,
          }));
          const said = await evaluationRecords(target, descriptor.digest, context.signal);
          return billOfMaterials(target.name, descriptor, variant, files, performanceMetrics(said));
        });
        session.output.result({ json: bom, text: JSON.stringify(bom, undefined, 2) });
      }),
    );
  addExamples(
    command,
    'pipeline sbom harbor.example.com/models/qwen:q4_k_m > qwen.cdx.json',
    'pipeline sbom layout:./models:q4_k_m',
  );
}
