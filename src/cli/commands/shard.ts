import type { Command } from 'commander';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import { defineLocal } from '../shard/define-local.js';
import { defineManifests } from '../shard/define-manifests.js';
import { definePlan } from '../shard/define-plan.js';
import { defineFinish, defineRun } from '../shard/define-work.js';

export function define(command: Command, start: Start): void {
  command
    .description(
      'Lets many machines derive one model: each takes a part of the files that its weights are split into.\nWhat comes of it has the digests that one machine alone would give.',
    )
    .helpCommand(false);
  definePlan(command, start);
  defineRun(command, start);
  defineFinish(command, start);
  defineLocal(command, start);
  defineManifests(command, start);
  addExamples(
    command,
    'pipeline shard local pipeline.config.yaml --parts 4',
    'pipeline shard plan pipeline.config.yaml --parts 8 -o plan.json',
    'pipeline shard run plan.json --index 3',
    'pipeline shard finish plan.json',
  );
}
