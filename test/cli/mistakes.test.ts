import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { strayDiskError } from '../../src/core/disk-error.js';
import { toSlipwayError } from '../../src/core/index.js';
import { readRange } from '../../src/files/index.js';
import { temporaryFolder } from '../../src/stages/index.js';
import { buildLlama } from '../../src/testing/index.js';
import { pipelineCommand } from './fake-terminal.js';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-mistakes-'));
  await mkdir(join(cwd, 'model'));
  for (const file of buildLlama({ layers: 1, hidden: 256, seed: 2 })) {
    await writeFile(join(cwd, 'model', file.path), await readRange(file, { start: 0, end: file.size }));
  }
  const made = await pipelineCommand(['convert', './model', '--outtype', 'f16', '-o', 'model-f16.gguf'], cwd);
  expect(made.code).toBe(0);
  // Layouts are found from where the process is.
  process.chdir(cwd);
});
afterAll(async () => {
  process.chdir(tmpdir());
  await rm(cwd, { recursive: true, force: true });
});

/** What people type who know another tool, or who are in a hurry: exit 2, the reason, and the line that was meant. */
test.each([
  ['quantize Q4_K_M model-f16.gguf -o x.gguf', 'the input comes first', 'pipeline quantize model-f16.gguf Q4_K_M -o'],
  [
    'quantize model-f16.gguf model-q4.gguf Q4_K_M',
    'the output is named with -o',
    'pipeline quantize model-f16.gguf Q4_K_M -o model-q4.gguf',
  ],
  ['quantize model-f16.gguf Q4_K_X -o x.gguf', "no quantization is called 'Q4_K_X'", "did you mean 'Q4_K_M'?"],
  ['convert ./model --quantize Q4KM0 -o x.gguf', "no quantization is called 'Q4KM0'", 'pipeline types'],
  [
    'convert model-f16.gguf --quantize Q4_K_M -o x.gguf',
    'is a GGUF already',
    'pipeline quantize model-f16.gguf Q4_K_M',
  ],
  ['quantize model-f16.gguf Q4_K_M -o -', "'-' cannot be written", 'name a file'],
  ['convert ./model -o -', "'-' cannot be written", 'name a file'],
  ['download ./model -o -', "'-' cannot be written", 'name a file'],
  ['pull localhost:1/x:v1 -', "'-' cannot be written", 'name a file'],
  ['quantize - Q4_K_M -o x.gguf', "'-' cannot be read", 'write the file to a disk first'],
  ['push - localhost:1/x:v1', "'-' cannot be read", 'write the file to a disk first'],
  ['inspect hf:acme/tiny', 'no address that is read here', 'hf://acme/tiny'],
  ['inspect gs://bucket/model', 'no address that is read here', 's3://'],
  ['inspect -', "'-' cannot be read", 'write the file to a disk first'],
  ['push localhost:1/x:v1 ./model', 'is a path', 'pipeline push ./model localhost:1/x:v1'],
  ['push localhost:1/x:v1 model', 'is a path', 'pipeline push model localhost:1/x:v1'],
  ['push ./model ./there', 'is a path', 'pipeline push ./model layout:./there'],
  ['package ./model ./there', 'is a path', 'pipeline package ./model layout:./there'],
  ['copy layout:./a:b ./there', 'is a path', 'pipeline copy layout:./a:b layout:./there'],
  ['pull ./there localhost:1/x:v1', 'names no artifact', 'pipeline pull localhost:1/x:v1 ./there'],
  ['copy ./model localhost:1/x:v1', 'names no artifact', 'pipeline push ./model localhost:1/x:v1'],
  ['push ./model localhost:1/Models/Qwen:v1', 'lower case', 'localhost:1/models/qwen:v1'],
  ['push ./model docker://localhost:1/m:v1', 'scheme', 'localhost:1/m:v1'],
  ['push ./model https://localhost:1/m:v1', 'scheme', 'localhost:1/m:v1'],
  ['harbor', "'pipeline harbor' needs a command", 'pipeline harbor --help'],
  ['harbor project', "'pipeline harbor project' needs a command", 'pipeline harbor project --help'],
  ['cache', "'pipeline cache' needs a command", 'pipeline cache --help'],
  ['--json', "'pipeline' needs a command", 'pipeline --help'],
  ['quantize model-f16.gguf Q4_K_M -o ./model-f16.gguf', 'replace its own input', 'another name'],
  ['cache gc ./kept', 'a path', 'layout:./kept'],
  ['login https://harbor.example.com', 'not a registry host', 'pipeline login harbor.example.com'],
  ['harbor show', "missing required argument 'ref'", 'pipeline harbor show --help'],
  ['harbor robot create h p', "missing required argument 'name'", 'pipeline harbor robot create --help'],
  ['-C . push ./model', "missing required argument 'ref'", 'pipeline push --help'],
  ['harbor ls harbor.example.com', 'no repository in it', 'harbor.example.com/project/name'],
  ['help pusj', "unknown command 'pusj'", 'pipeline help push'],
  ['xls host/repo', "unknown command 'xls'", 'pipeline ls host/repo'],
  ['harbor robt create', "unknown command 'robt'", 'pipeline harbor robot create'],
  ['convert ./model --OUTFILE x.gguf', "unknown option '--OUTFILE'", 'pipeline convert ./model --outfile x.gguf'],
  ['convert ./model --OutType=f16', "unknown option '--OutType=f16'", 'pipeline convert ./model --outtype=f16'],
  ['run --st a=b', "unknown option '--st'", 'pipeline run --set a=b'],
])('%s', async (line, reason, hint) => {
  const { code, stderr } = await pipelineCommand([...line.split(' '), '--progress', 'none'], cwd);
  expect([line, code]).toEqual([line, 2]);
  expect(stderr).toContain(reason);
  expect(stderr.slice(stderr.indexOf('try '))).toContain(hint);
  expect(await readdir(cwd)).not.toContain('-');
});

test('a word that is like no command is not taken for one', async () => {
  for (const line of ['bogus', 'rx', 'harbor blub', 'convert ./model --qqqq']) {
    const { code, stderr } = await pipelineCommand(line.split(' '), cwd);
    expect([line, code]).toEqual([line, 2]);
    expect([line, stderr.split('try ')[1]]).toEqual([line, expect.stringMatching(/^ +pipeline( \w+)? --help\n$/)]);
  }
});

describe('what is not there', () => {
  test.each(['inspect nothing.gguf', 'push ./nothing.gguf localhost:1/x:v1', 'quantize nothing.gguf Q8_0 -o x.gguf'])(
    '%s says which file',
    async (line) => {
      const { code, stderr } = await pipelineCommand([...line.split(' '), '--progress', 'none'], cwd);
      expect(code).toBe(4);
      expect(stderr).toMatch(/there is no '.*nothing\.gguf'/);
      expect(stderr).toContain('check the path');
    },
  );

  test('a tag that a layout does not have: the hint lists those that it has', async () => {
    await pipelineCommand(['package', 'model-f16.gguf', 'layout:./kept:v1'], cwd);
    const { code, stderr } = await pipelineCommand(['pull', 'layout:./kept:v2', './x', '--progress', 'none'], cwd);
    expect(code).toBe(4);
    expect(stderr).toContain('pipeline inspect layout:./kept');
  });
});

test('a layout that is not there is not taken for one without tags', async () => {
  const { code, stdout, stderr } = await pipelineCommand(['inspect', 'layout:./nowhere'], cwd);
  expect([code, stdout]).toEqual([4, '']);
  expect(stderr).toContain("there is nothing with a tag in 'layout:./nowhere'");
});

test('a directory that would have to be where a file is: the file stays', async () => {
  await writeFile(join(cwd, 'taken'), 'mine');
  for (const [place, code] of [
    ['taken', 11],
    ['taken/below', 4],
  ] as const) {
    const outcome = await pipelineCommand(['download', './model', '-o', place], cwd);
    expect([place, outcome.code]).toEqual([place, code]);
    expect(outcome.stderr).not.toContain('INTERNAL');
  }
  expect(await readFile(join(cwd, 'taken'), 'utf8')).toBe('mine');
});

describe('one file of a directory', () => {
  test('is all that is read: its neighbours are neither listed nor counted', async () => {
    const place = join(cwd, 'crowded');
    await mkdir(join(place, 'below'), { recursive: true });
    await writeFile(join(place, 'below', 'model-f16.gguf'), 'no GGUF');
    await symlink(join(cwd, 'model-f16.gguf'), join(place, 'model-f16.gguf'));
    const flags = ['--dry-run', '--json'];
    const { code, stdout } = await pipelineCommand(['push', 'crowded/model-f16.gguf', 'layout:./x:v1', ...flags], cwd);
    expect(code).toBe(0);
    const { stages } = JSON.parse(stdout) as { stages: { stage: string; bytesIn?: number; bytesOut?: number }[] };
    const [download] = stages;
    const push = stages.find(({ stage }) => stage === 'push');
    expect(download?.bytesIn).toBe(push?.bytesOut);
  });
});

describe('a disk that cannot be used', () => {
  test.skipIf(process.getuid?.() === 0)('a directory of somebody else is no bug', async () => {
    const place = join(cwd, 'closed');
    await mkdir(place);
    await chmod(place, 0o500);
    const { code, stderr } = await pipelineCommand(['download', './model', '-o', 'closed/in'], cwd);
    expect([code, stderr]).toEqual([10, expect.stringContaining('error[DISK_PERMISSION]')]);
  });

  test('temporary files go where PIPELINE_TMPDIR says, and a place that is not there is named', async () => {
    const folder = await temporaryFolder({ env: { PIPELINE_TMPDIR: cwd, TMPDIR: '/' } }, 'aside-');
    expect(dirname(folder)).toBe(cwd);
    const nowhere = join(cwd, 'nowhere');
    await expect(temporaryFolder({ env: { PIPELINE_TMPDIR: nowhere } }, 'aside-')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `there is no such file or directory: '${nowhere}'`,
    });
  });

  test.each([
    ['ENOSPC', 'DISK_SPACE'],
    ['EDQUOT', 'DISK_SPACE'],
    ['EACCES', 'DISK_PERMISSION'],
    ['EROFS', 'DISK_PERMISSION'],
  ])('%s that nobody expected is %s, with what to do', (errno, code) => {
    const error = toSlipwayError(Object.assign(new Error(`${errno}: mkdir`), { code: errno, path: '/there' }));
    expect(error).toMatchObject({ code, details: { where: '/there', try: expect.stringMatching(/\w/) as string } });
  });

  test('a file that is missing where nobody expected it stays a bug', () => {
    const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT', path: '/there' });
    expect(strayDiskError(missing)).toBeUndefined();
    expect(toSlipwayError(missing).code).toBe('INTERNAL');
  });
});
