import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Libraries that pretend to be ggml, made with the system's compiler.

const EXPORTS = `
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
const char * ggml_commit(void) { return "stub"; }
int64_t ggml_blck_size(int type) { return type == 12 ? 128 : 1; }
size_t ggml_type_size(int type) { return type == 12 ? 72 : 4; }
size_t ggml_row_size(int type, int64_t n) { return ggml_type_size(type) * n / ggml_blck_size(type); }
struct traits { const char * name; int64_t length, interleave; size_t size; int quantized; void * to; void * from; };
const struct traits * ggml_get_type_traits(int type) {
  static struct traits t; t.name = "f32"; t.length = ggml_blck_size(type); t.size = ggml_type_size(type); return &t;
}
int ggml_quantize_requires_imatrix(int type) { return 0; }
void ggml_quantize_init(int type) {}
void ggml_quantize_free(void) {}
size_t ggml_quantize_chunk(int t, const float * x, void * y, int64_t s, int64_t r, int64_t n, const float * w) { return 0; }
int ggml_validate_row_data(int t, const void * p, size_t n) { return 1; }
void * ggml_set_abort_callback(void * callback) { return NULL; }
`;

const COMPILER = process.env['CC'] ?? 'cc';

/** True where a C compiler can make a stub. */
export const HAS_COMPILER: boolean = spawnSync(COMPILER, ['--version'], { stdio: 'ignore' }).status === 0;

/** Path of a library whose `ggml_version` has this body; `without` names an export that it lacks. */
export function stubLibrary(version: string, without = 'none'): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-stub-'));
  const source = join(folder, 'stub.c');
  const library = join(folder, 'libggml-base.so');
  const text = EXPORTS.replace(` ${without}(`, ' renamed(');
  writeFileSync(source, `${text}\nconst char * ggml_version(void) { ${version} }\n`);
  const made = spawnSync(COMPILER, ['-shared', '-fPIC', '-w', '-o', library, source], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
  return library;
}
