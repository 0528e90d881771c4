import { Fault } from '@sustain/kernel';

/** A fault that showed itself: as it is, or as an answer from elsewhere that names it. */
export interface SeenFault {
  readonly system: string;
  readonly code: string;
  readonly operationId: string | undefined;
  /** Undefined for one that another process has answered. */
  readonly fault: Fault | undefined;
}

/** What another process answered: an `application/problem+json`, or a message that carries system and code. */
export class AnsweredProblem extends Error {
  override readonly name = 'AnsweredProblem';
  readonly system: string;
  readonly code: string;
  readonly operationId: string | undefined;

  constructor(system: string, code: string, message: string, operationId?: string) {
    super(`${code}: ${message}`);
    this.system = system;
    this.code = code;
    this.operationId = operationId;
  }

  /** Of the body of a problem answer; undefined when it names no fault. */
  static of(problem: unknown): AnsweredProblem | undefined {
    const { type, detail, title, operationId } = Object(problem) as Record<string, unknown>;
    const [, system, code] = /^urn:sustain:fault:([^:]+):([^:]+)$/.exec(String(type)) ?? [];
    if (system === undefined || code === undefined) return undefined;
    const id = typeof operationId === 'string' ? operationId : undefined;
    return new AnsweredProblem(system, code, String(detail ?? title), id);
  }
}

/**
 * The faults in what a signal carries, or in what was thrown, with those that led to them: fields, elements, causes and
 * the errors of an AggregateError, to a depth of 6. In the order in which they are met, each once.
 */
export function faultsIn(carrier: unknown): SeenFault[] {
  const found: SeenFault[] = [];
  const met = new Set<unknown>();
  look(carrier, DEPTH);
  return found;

  function look(value: unknown, depth: number): void {
    if (typeof value !== 'object' || value === null || met.has(value) || met.size > MOST_MET) return;
    met.add(value);
    if (value instanceof Fault) found.push({ ...named(value), fault: value });
    else if (value instanceof AnsweredProblem) found.push({ ...named(value), fault: undefined });
    if (depth === 0) return;
    for (const part of partsOf(value)) look(part, depth - 1);
  }
}

const DEPTH = 6;
const MOST_MET = 1000;

function named({ system, code, operationId }: Omit<SeenFault, 'fault'>): Omit<SeenFault, 'fault'> {
  return { system, code, operationId };
}

/** Accessors are not called: they may do anything. */
function partsOf(value: object): unknown[] {
  if (ArrayBuffer.isView(value)) return [];
  const own = Object.values(Object.getOwnPropertyDescriptors(value)).map((property) => property.value);
  if (value instanceof Map || value instanceof Set) return [...own, ...value.values()];
  return own;
}
