import { checkFacts } from './check-facts.ts';
import { Fault, type FaultContext, type FaultDeclaration, type FaultOptions } from './fault.ts';

/**
 * Makes one kind of fault: the class of its occurrences, and callable without `new`. Those of its children are
 * `instanceof` it, too, and so are those of classes that extend it by hand.
 */
export interface FaultFactory<Code extends string, Context extends FaultContext> {
  /** Made, not thrown: `throw faults.SYNTHESIS_FAILED({ phraseIndex })`. */
  (context: Context, options?: FaultOptions): Fault<Code, Context>;
  new (context: Context, options?: FaultOptions): Fault<Code, Context>;
  readonly prototype: Fault<Code, Context>;
  /** What was declared as `className`. */
  readonly name: string;
  readonly code: Code;
  readonly system: string;
  /** With what it inherits from its parent. */
  readonly declaration: FaultDeclaration<Context>;
  /** Whether `error` is a fault of this kind or of a child: `instanceof` as a function, to hand on. */
  matches(error: unknown): error is Fault<Code, Context>;
}

/** What all of them have in common, whatever their context. */
export interface AnyFaultFactory {
  readonly prototype: Fault;
  readonly name: string;
  readonly code: string;
  readonly system: string;
  readonly declaration: FaultDeclaration<never>;
  matches(error: unknown): boolean;
}

/** A declaration that says only in what it differs from its parent's. Its context is its own and its parent's. */
export interface ChildDeclaration<Context extends FaultContext, Parent>
  extends Partial<FaultDeclaration<Context>> {
  /** The code of a fault that stands before this one in the catalog, or a fault of another catalog. */
  readonly extends: Parent;
}

/** What a system can break of, by code. Iterate over its values for the documentation and the drills. */
export type FaultCatalog<Declarations> = {
  readonly [Code in keyof Declarations & string]: ContextOf<Declarations, Code> extends infer Context extends
    FaultContext
    ? FaultFactory<CodesOf<Declarations, Code>, Context>
    : never;
};

/** The fault's own code and those of its children, and theirs. */
type CodesOf<Declarations, Code> =
  | (Code & string)
  | {
      [Other in keyof Declarations]: Declarations[Other] extends { readonly extends: Code }
        ? CodesOf<Declarations, Other>
        : never;
    }[keyof Declarations];

type ContextOf<Declarations, Code extends keyof Declarations> =
  Declarations[Code] extends ChildDeclaration<infer Own, infer Parent>
    ? Parent extends keyof Declarations
      ? Merged<ContextOf<Declarations, Parent>, Own>
      : Parent extends FaultFactory<string, infer Inherited>
        ? Merged<Inherited, Own>
        : never
    : Declarations[Code] extends FaultDeclaration<infer Context>
      ? Context
      : never;

/** `Record<string, never>` is none, and so is what the compiler makes of a child that names none. */
type Merged<Parent, Own> = FaultContext extends Own
  ? Parent
  : Own extends Record<string, never>
    ? Parent
    : Parent extends Record<string, never>
      ? Own
      : Parent & Own;

/**
 * Every entry must be a declaration. Not said as a constraint, which would make the compiler infer the context of a
 * `fault({ … })` from it instead of from the declaration.
 */
type Declared<Declarations> = {
  readonly [Code in keyof Declarations]: Declarations[Code] extends ChildDeclaration<infer Own, unknown>
    ? ChildDeclaration<Own, Exclude<keyof Declarations, Code> | AnyFaultFactory>
    : Declarations[Code] extends FaultDeclaration<infer Context>
      ? FaultDeclaration<Context>
      : FaultDeclaration;
};

/** A declaration with the type of its context: `fault<{ phraseIndex: number }>({ … })`. */
export function fault<Context extends FaultContext = Record<string, never>>(
  declaration: FaultDeclaration<Context>,
): FaultDeclaration<Context>;
/** The same of a child: `fault<{ owner: string }, 'SESSION_ERROR'>({ extends: 'SESSION_ERROR', … })`. */
export function fault<
  Context extends FaultContext = Record<string, never>,
  const Parent extends string | AnyFaultFactory = string,
>(declaration: ChildDeclaration<Context, Parent>): ChildDeclaration<Context, Parent>;
export function fault(declaration: unknown): unknown {
  return declaration;
}

/**
 * Declares the faults of a system. By convention codes are upper case with underscores. Throws an error that
 * names the code when a declaration is unusable.
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
 *
 * @example A tree: who catches the parent catches the children.
 * const faults = defineFaults('sessions', {
 *   SESSION_ERROR: fault<{ sessionId: string }>({ className: 'SessionError', … }),
 *   SESSION_NOT_FOUND: fault({ extends: 'SESSION_ERROR', className: 'SessionNotFoundError', retryable: false }),
 * });
 * export const { SESSION_ERROR: SessionError, SESSION_NOT_FOUND: SessionNotFoundError } = faults;
 * new SessionNotFoundError({ sessionId }) instanceof SessionError; // true
 */
export function defineFaults<const Declarations extends Readonly<Record<string, unknown>>>(
  system: string,
  declarations: Declarations & Declared<Declarations>,
): FaultCatalog<Declarations> {
  const catalog: Record<string, Factory> = {};
  for (const [code, declared] of Object.entries<unknown>(declarations)) {
    const { extends: base, ...own } = declared as ChildDeclaration<FaultContext, string | Factory>;
    const parent = (catalog[base as string] ?? base) as Factory | undefined;
    const what = `${system}.${code}`;
    if (base && !parent?.code) throw new TypeError(`${what} must extend a fault before it; got ${base}`);
    const declaration = { ...DEFAULTS, ...parent?.declaration, ...own } as Named<FaultDeclaration>;
    checkFacts(what, declaration, typeof declaration.message === 'function' ? [] : ['message']);
    catalog[code] = factory(system, code, declaration, parent ?? Fault);
  }
  return Object.freeze(catalog) as unknown as FaultCatalog<Declarations>;
}

type Factory = FaultFactory<string, FaultContext>;
type Named<Declaration> = Declaration & { readonly className: string };

const DEFAULTS = { className: 'Fault', retryable: false, autoRecoverable: true };

function factory(
  system: string,
  code: string,
  declaration: Named<FaultDeclaration>,
  parent: { readonly prototype: Fault },
): Factory {
  const { className, message, stack, ...facts } = declaration;
  // A function, and not a class, so that it can be called; its occurrences are of the class that `new` was said to.
  const kind = {
    [className]: function (...given: unknown[]) {
      return Reflect.construct(Fault, given, new.target ?? kind);
    },
  }[className] as unknown as Factory;
  Object.assign(Object.setPrototypeOf(kind.prototype, parent.prototype), facts, { system });
  return Object.assign(kind, {
    code,
    system,
    declaration,
    matches: (error: unknown): error is Fault<string, FaultContext> => error instanceof kind,
  });
}
