import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { COMMANDS } from '../../src/cli/program/command-list.js';
import { buildProgram } from '../../src/cli/program/program.js';
import { VARIABLES } from '../../src/cli/facts/variables.js';
import { resourceProblems } from '../support/kubernetes-schemas.js';

// The recipes for CI and the image that they run: they parse, satisfy the schema where one is at hand, call commands and
// flags that exist, and hold no secret.

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const RECIPES = readdirSync(join(ROOT, 'integrations'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.ya?ml$/.test(name))
  .map((name) => `integrations/${name.replaceAll('\\', '/')}`)
  .sort();

interface Step {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  readonly run?: string;
  readonly shell?: string;
  readonly securityContext: Readonly<Record<string, unknown>>;
}
interface Task {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: {
    readonly params: readonly { readonly name: string; readonly default?: string }[];
    readonly workspaces: readonly { readonly name: string }[];
    readonly steps: readonly Step[];
  };
}
interface WorkflowTemplate {
  readonly spec: {
    readonly entrypoint: string;
    readonly arguments: { readonly parameters: readonly { readonly name: string; readonly value?: string }[] };
    readonly templates: readonly { readonly name: string; readonly container: Step }[];
  };
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly required?: boolean }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly (Step & { readonly id?: string })[] };
}

const task = parse(read('integrations/tekton/slipway.task.yaml')) as Task;
const template = parse(read('integrations/argo/slipway.workflow-template.yaml')) as WorkflowTemplate;
const action = parse(read('integrations/github/action.yml')) as Action;
const [component, jobs] = parseAllDocuments(read('integrations/gitlab/slipway.yml')).map(
  (document) => document.toJS() as unknown,
) as [
  { readonly spec: { readonly inputs: Readonly<Record<string, unknown>> } },
  Readonly<Record<string, { readonly script: readonly string[] }>>,
];

/** What the first group of a pattern finds in a text, sorted, each once. */
function namesIn(value: unknown, pattern: RegExp): string[] {
  return [...new Set([...JSON.stringify(value).matchAll(pattern)].map(([, name]) => name ?? ''))].sort();
}

/** The command lines of a script: words after `pipeline`, or after the image of a `docker run`. */
function linesOf(script: string): string[][] {
  return script
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .flatMap((line) => {
      const [, words] = /(?:\bdocker run .*"\$IMAGE"|(?:^|\| )pipeline) +(.*)/.exec(line) ?? [];
      return words === undefined ? [] : [words.replace(/ > .*/, '').split(/\s+/)];
    });
}

const CALLS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'action.yml': action.runs.steps.flatMap(({ run }) => linesOf(run ?? '')),
  'slipway.yml': Object.values(jobs).flatMap(({ script }) => script.flatMap(linesOf)),
  'slipway.task.yaml': task.spec.steps.map(({ args }) => args),
  'slipway.workflow-template.yaml': template.spec.templates.map(({ container }) => container.args),
};

let program: Command;
beforeAll(async () => {
  const names = COMMANDS.map(({ name }) => name);
  program = await buildProgram(COMMANDS, names, () => async () => {}, { writeOut: () => {} });
});

describe('what the recipes call', () => {
  test('every recipe calls at least one command', () => {
    expect(Object.keys(CALLS).sort()).toEqual(RECIPES.map((path) => path.split('/').at(-1) ?? '').sort());
    for (const [recipe, calls] of Object.entries(CALLS)) expect(calls.length, recipe).toBeGreaterThan(0);
    expect(CALLS['action.yml']?.map(([command]) => command)).toEqual(['login', 'run', 'logout']);
    expect(CALLS['slipway.yml']?.map(([command]) => command)).toEqual(['login', 'plan', 'run']);
  });

  test('every command and flag exists', () => {
    for (const [recipe, calls] of Object.entries(CALLS)) {
      for (const [name, ...words] of calls) {
        const command = program.commands.find((known) => known.name() === name);
        expect(command, `${recipe}: pipeline ${name}`).toBeDefined();
        const known = [program, command!].flatMap(({ options }) => options.flatMap(({ long, short }) => [long, short]));
        for (const word of words.filter((text) => text.startsWith('-'))) {
          expect(known, `${recipe}: pipeline ${name} ${word}`).toContain(word);
        }
      }
    }
  });
});

describe('each recipe by the rules of its engine', () => {
  test('the Argo template satisfies its definition, and its parameters are declared', () => {
    expect(resourceProblems(template)).toEqual([]);
    const names = template.spec.arguments.parameters.map(({ name }) => name);
    expect(names.sort()).toEqual(namesIn(template, /\{\{workflow\.parameters\.([\w-]+)\}\}/g));
    expect(template.spec.templates.map(({ name }) => name)).toContain(template.spec.entrypoint);
    expect(template.spec.arguments.parameters.find(({ name }) => name === 'image')).toEqual({ name: 'image' });
  });

  test('the Tekton task declares what it uses', () => {
    expect([task.apiVersion, task.kind]).toEqual(['tekton.dev/v1', 'Task']);
    const used = (what: string): string[] => namesIn(task.spec.steps, new RegExp(`\\$\\(${what}\\.([\\w-]+)`, 'g'));
    expect(used('params')).toEqual(task.spec.params.map(({ name }) => name).sort());
    expect(used('workspaces')).toEqual(task.spec.workspaces.map(({ name }) => name).sort());
  });

  test('the GitHub action puts no input into a script: it would be run as code', () => {
    expect(action.runs.using).toBe('composite');
    for (const { run, shell, name } of action.runs.steps) {
      expect(shell, name).toBe('bash');
      expect(run, name).not.toContain('${{');
    }
    expect(namesIn(action.runs, /inputs\.([\w-]+)/g)).toEqual(Object.keys(action.inputs).sort());
    const ids = action.runs.steps.map(({ id }) => id);
    for (const { value } of Object.values(action.outputs)) expect(ids).toContain(/steps\.(\w+)\./.exec(value)?.[1]);
  });

  test('the GitLab component puts no input into a script, and declares every input', () => {
    for (const { script } of Object.values(jobs)) expect(script.join('\n')).not.toContain('$[[');
    expect(namesIn(jobs, /\$\[\[ inputs\.([\w-]+) \]\]/g)).toEqual(Object.keys(component.spec.inputs).sort());
  });
});

describe('secrets and rights', () => {
  test('tokens are references', () => {
    const steps = [...task.spec.steps, ...template.spec.templates.map(({ container }) => container)];
    for (const { env, securityContext } of steps) {
      const token = env.find(({ name }) => name === 'HF_TOKEN');
      expect(token?.value).toBeUndefined();
      expect(JSON.stringify(token?.valueFrom)).toContain('secretKeyRef');
      expect(securityContext['allowPrivilegeEscalation']).toBe(false);
      expect(securityContext['capabilities']).toEqual({ drop: ['ALL'] });
    }
    for (const call of Object.values(CALLS).flat()) expect(call).not.toContain('--password');
  });

  test('every variable that a pod sets is one that the program reads', () => {
    const known = new Set(VARIABLES.map(({ name }) => name));
    for (const { env } of [...task.spec.steps, ...template.spec.templates.map(({ container }) => container)]) {
      for (const { name } of env) if (name !== 'HOME') expect(known).toContain(name);
    }
  });
});

describe('Containerfile', () => {
  const lines = read('Containerfile')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const stages = read('Containerfile')
    .split(/^(?=FROM )/m)
    .slice(1);

  test('both images run without root, and what others copy from was built before', () => {
    for (const stage of stages.slice(-2)) expect(stage).toContain('USER 65532:65532');
    const names = stages.map((stage) => / AS (\w+)/.exec(stage)?.[1]);
    stages.forEach((stage, index) => {
      for (const [, from] of stage.matchAll(/--from=(\w+)/g)) expect(names.slice(0, index)).toContain(from);
    });
    expect(stages.at(-1)).toContain('ENTRYPOINT ["/usr/local/bin/pipeline"]');
    expect(stages.every((stage) => stage.startsWith('FROM'))).toBe(true);
  });

  test('copies only what exists, and what .containerignore lets in', () => {
    const allowed = new Set(
      read('.containerignore')
        .split('\n')
        .filter((line) => line.startsWith('!'))
        .map((line) => line.slice(1)),
    );
    const copied = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect([...new Set(copied)].sort()).toEqual([...allowed].sort());
    for (const path of copied) expect(() => readdirSync(ROOT).includes(path) || read(path), path).not.toThrow();
  });
});
