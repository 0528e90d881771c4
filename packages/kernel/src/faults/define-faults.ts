import { checkDeclaration, must } from './check-declaration.ts';
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
  /**
   * Whether `error` is a fault of this kind or of a child, also one that came from another process. A child that
   * came from there is known as such when `faultFromJson` was given its catalog.
   */
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
    const parent = typeof base === 'string' ? catalog[base] : base;
    const declaration = Object.freeze({ ...parent?.declaration, ...own } as FaultDeclaration);
    const of = `of ${system}.${code}`;
    must(`code ${of}`, 'upper case with underscores', code, /^[A-Z][A-Z\d]*(_[A-Z\d]+)*$/.test(code));
    must(`extends ${of}`, 'a fault before it', base, !base || parent?.prototype instanceof Fault);
    checkDeclaration(of, declaration);
    catalog[code] = factory(system, code, declaration, parent ?? Fault);
  }
  return Object.freeze(catalog) as unknown as FaultCatalog<Declarations>;
}

type Factory = FaultFactory<string, FaultContext>;

function factory(
  system: string,
  code: string,
  declaration: FaultDeclaration,
  parent: Factory | typeof Fault,
): Factory {
  // A function, and not a class, so that it can be called; its occurrences are of the class that `new` was said to.
  function make(context: FaultContext, options?: FaultOptions): Fault {
    return Reflect.construct(Fault, [system, code, declaration, context, options], new.target ?? make);
  }
  Object.setPrototypeOf(make.prototype, parent.prototype);
  Object.defineProperty(make, 'name', { value: declaration.className ?? Fault.name });
  const matches = (error: unknown): error is Fault<string, FaultContext> =>
    error instanceof make || (error instanceof Fault && error.code === code && error.system === system);
  return Object.freeze(Object.assign(make, { code, system, declaration, matches })) as unknown as Factory;
}
