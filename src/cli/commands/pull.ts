import type { Command } from 'commander';
import { pickOptions, pipeline, SlipwayError } from '../../core/index.js';
import { download, DOWNLOAD_OPTIONS, save, SAVE_OPTIONS } from '../../stages/index.js';
import { givenSource, isArtifact } from '../arguments/any-source.js';
import type { Start } from '../program/command-module.js';
import { declareOptions } from '../options/declare-options.js';
import { outputPath } from '../arguments/output-path.js';
import { DRY_RUN, performStage } from '../session/perform-stage.js';
import { addExamples } from '../program/help.js';

const SOURCE = pickOptions(DOWNLOAD_OPTIONS, ['include', 'exclude', 'kinds', 'variant', 'policy']);

export function define(command: Command, start: Start): void {
  command
    .description('Fetches the files of an artifact. Every blob is checked against its digest.')
    .argument('<ref>', 'host/repository[:tag][@sha256:…], layout:./dir:tag or oci-archive:f.tar:tag')
    .argument('[dir]', 'where the files go; here unless given', '.')
    .action(async (ref: string, directory: string) =>
      start(async (session) => {
        const place = givenSource(ref, session.path);
        if (!isArtifact(place)) {
          throw new SlipwayError('USAGE', `'${ref}' names no artifact`, {
            try: isArtifact(givenSource(directory, session.path))
              ? `pipeline pull ${directory} ${ref}`
              : ['pipeline pull host/repository:tag ./dir', `pipeline download ${ref} -o ${directory}`],
          });
        }
        const { from, to, dry } = await read(session.path);
        const stage = pipeline(download(place.source, from), save(outputPath(directory, session.path), to));
        await performStage(session, stage, `pipeline pull ${ref} ${directory}`, dry.dryRun);
      }),
    );
  const read = declareOptions(command, { from: SOURCE, to: SAVE_OPTIONS, dry: DRY_RUN });
  addExamples(
    command,
    'pipeline pull harbor.example.com/models/qwen:q4_k_m ./qwen',
    "pipeline pull layout:./models:q4_k_m ./qwen --include '*.gguf'",
    'pipeline pull harbor.example.com/models/qwen:latest ./qwen --variant Q4_K_M --kind weight',
    'pipeline pull harbor.example.com/models/qwen-vl:q4_k_m ./qwen --kind projector',
  );
}
