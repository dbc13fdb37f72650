import type { Command } from 'commander';
import type { Start } from '../program/command-module.js';
import { addExamples } from '../program/help.js';
import type { Session } from '../session/session.js';
import { safeLine, table } from '../screen/text.js';
import { REGISTRY_VARIABLE, shownValue, VARIABLES, type Variable } from '../facts/variables.js';

export function define(command: Command, start: Start): void {
  command
    .description(
      'Lists every environment variable that is read, what it means and what it is set to. Secrets stay hidden.',
    )
    .action(async () =>
      start(async (session) => {
        const rows = allVariables(session).map((variable) => ({
          ...variable,
          value: shownValue(variable, session.env[variable.name]),
        }));
        session.output.result({
          json: rows.map(({ name, meaning, expects, value }) => ({ name, meaning, expects, value: value || null })),
          text: table(
            rows.map(({ name, value, meaning, expects }) => [
              value === '' ? name : session.output.paint('strong', name),
              safeLine(value) || '-',
              `${meaning} (${expects})`,
            ]),
          ),
        });
      }),
    );
  addExamples(command, 'pipeline env', 'pipeline env --json');
}

function allVariables(session: Session): readonly Variable[] {
  const registries = Object.keys(session.env)
    .filter((name) => REGISTRY_VARIABLE.test(name))
    .map((name) => ({
      name,
      meaning: 'credentials of the registry in its name',
      expects: 'text',
      secret: !name.endsWith('_USERNAME'),
    }));
  return [
    ...VARIABLES,
    ...registries,
    {
      name: 'PIPELINE_REGISTRY_<HOST>_…',
      meaning: '…USERNAME, …PASSWORD or …TOKEN of one registry',
      expects: 'the host in upper case, _ for . - :',
    },
  ];
}
