// The part of WebAssembly's JavaScript interface that the workers use. Neither ES2023 nor Node's types declare it,
// and the browser's library would bring the whole DOM along.
declare namespace WebAssembly {
  class Module {
    private readonly compiled: true;
  }
  class Instance {
    constructor(module: Module, imports: object);
    readonly exports: Readonly<Record<string, unknown>>;
  }
  class Memory {
    constructor(descriptor: { readonly initial: number; readonly maximum: number; readonly shared: true });
    readonly buffer: SharedArrayBuffer;
    grow(pages: number): number;
  }
  interface Global {
    readonly value: number;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
