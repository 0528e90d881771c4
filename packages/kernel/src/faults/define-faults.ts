import { Fault, type FaultContext, type FaultDeclaration, type FaultOptions } from './fault.ts';

/** Makes one kind of fault. */
export interface FaultFactory<Code extends string, Context extends FaultContext> {
  /** Made, not thrown: `throw faults.SYNTHESIS_FAILED({ phraseIndex })`. */
  (context: Context, options?: FaultOptions): Fault<Code, Context>;
  readonly code: Code;
  readonly system: string;
  readonly declaration: FaultDeclaration<Context>;
  /** Whether `error` is a fault of this kind, also one that came from another process. */
  matches(error: unknown): error is Fault<Code, Context>;
}

/** What a system can break of, by code. Iterate over its values for the documentation and the drills. */
export type FaultCatalog<Declarations> = {
  readonly [Code in keyof Declarations & string]: Declarations[Code] extends FaultDeclaration<infer Context>
    ? FaultFactory<Code, Context>
    : never;
};

/**
 * Every entry must be a declaration. Not said as a constraint, which would make the compiler infer the context of a
 * `fault({ … })` from it instead of from the declaration.
 */
type Declared<Declarations> = {
  readonly [Code in keyof Declarations]: Declarations[Code] extends FaultDeclaration<infer Context>
    ? FaultDeclaration<Context>
    : FaultDeclaration;
};

/** A declaration with the type of its context: `fault<{ phraseIndex: number }>({ … })`. */
export function fault<Context extends FaultContext = Record<string, never>>(
  declaration: FaultDeclaration<Context>,
): FaultDeclaration<Context> {
  return declaration;
}

/**
 * Declares the faults of a system. Codes are upper case with underscores, unique within the system. Throws a
 * TypeError that names the code when a declaration is unusable.
 *
 * @example
 * const faults = defineFaults('auralis', {
 *   SYNTHESIS_FAILED: fault<{ phraseIndex: number }>({
 *     category: 'synthesis',
 *     severity: severity.ERROR,
 *     recovery: 'simplify',
 *     retryable: true,
 *     message: ({ phraseIndex }) => `phrase ${phraseIndex} could not be rendered`,
 *   }),
 * });
 * throw faults.SYNTHESIS_FAILED({ phraseIndex: 7 });
 */
export function defineFaults<const Declarations extends Readonly<Record<string, unknown>>>(
  system: string,
  declarations: Declarations & Declared<Declarations>,
): FaultCatalog<Declarations> {
  const catalog: Record<string, unknown> = {};
  for (const [code, declaration] of Object.entries(declarations)) {
    check(system, code, declaration as FaultDeclaration);
    catalog[code] = factory(system, code, declaration as FaultDeclaration);
  }
  return Object.freeze(catalog) as FaultCatalog<Declarations>;
}

function factory(
  system: string,
  code: string,
  declared: FaultDeclaration,
): FaultFactory<string, FaultContext> {
  const declaration = Object.freeze({ ...declared });
  const make = (context: FaultContext, options?: FaultOptions) =>
    new Fault(system, code, declaration, context, options);
  return Object.freeze(
    Object.assign(declaration.stack === false ? withoutStack(make) : make, {
      code,
      system,
      declaration,
      matches: (error: unknown): error is Fault<string, FaultContext> =>
        error instanceof Fault && error.code === code && error.system === system,
    }),
  );
}

/** V8 measures: a stack costs 1 µs a frame. With the limit at 0 the error stays a true Error in every respect. */
function withoutStack<Arguments extends unknown[], Result>(
  make: (...args: Arguments) => Result,
): typeof make {
  const host = Error as { stackTraceLimit?: number };
  return (...args) => {
    const limit = host.stackTraceLimit;
    if (limit === undefined) return make(...args);
    host.stackTraceLimit = 0;
    try {
      return make(...args);
    } finally {
      host.stackTraceLimit = limit;
    }
  };
}

function check(system: string, code: string, declaration: FaultDeclaration): void {
  if (!/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(code)) {
    throw new TypeError(`fault codes are upper case with underscores; got ${code} in ${system}`);
  }
  for (const field of ['category', 'recovery'] as const) {
    if (typeof declaration[field] !== 'string' || declaration[field] === '') {
      throw new TypeError(`${system}.${code} must declare its ${field}; got ${String(declaration[field])}`);
    }
  }
  if (!(Number.isInteger(declaration.severity) && declaration.severity >= 1 && declaration.severity <= 5)) {
    throw new TypeError(
      `${system}.${code} must declare a severity of 1 to 5; got ${String(declaration.severity)}`,
    );
  }
}
