import type { Command } from 'commander';
import type { Start } from '../program/command-module.js';
import { defineLabel, defineList, defineRead, defineReplicate } from '../harbor/define-artifacts.js';
import { defineRules, defineScan, defineShow } from '../harbor/define-look.js';
import { defineRetain } from '../harbor/define-retain.js';
import { defineApply, defineProject, defineRobot } from '../harbor/define-setup.js';
import { addExamples } from '../program/help.js';

export function define(command: Command, start: Start): void {
  command
    .description(
      "Sets up projects of a Harbor and shows models as it shows them, over Harbor's own API.\nWith the credentials that `pipeline login` or the environment has for the project, or for its host.",
    )
    .helpCommand(false);
  defineApply(command, start);
  defineProject(command, start);
  defineRobot(command, start);
  defineShow(command, start);
  defineList(command, start);
  defineRead(command, start);
  defineLabel(command, start);
  defineScan(command, start);
  defineRules(command, start);
  defineRetain(command, start);
  defineReplicate(command, start);
  addExamples(
    command,
    'pipeline harbor apply harbor.example.com models.harbor.yaml --dry-run',
    'pipeline harbor project create harbor.example.com models --quota 2TiB',
    'pipeline harbor robot create harbor.example.com models ci --days 90',
    'pipeline harbor show harbor.example.com/models/qwen:q4_k_m',
  );
}
