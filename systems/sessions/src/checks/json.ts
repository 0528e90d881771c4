import { sessionFaults } from '../faults.ts';
import { jsonTextBytes } from './text-bytes.ts';

/** How deep objects and arrays may stand in each other. */
export const MAX_DEPTH = 64;

/** A frozen copy of what was given, and what it takes as JSON in UTF-8, about: never less. */
export interface CheckedJson<Value> {
  readonly value: Value;
  readonly sizeBytes: number;
}

/**
 * Copies and freezes a value that JSON carries. What is undefined in an object is left out, as JSON does.
 *
 * Throws SESSION_REQUEST_INVALID for what JSON cannot carry (functions, NaN, dates, instances, circles), for what stands
 * deeper than 64, and for names that could get at an object's prototype: `__proto__`, and `constructor` with a `prototype`;
 * SESSION_TOO_LARGE when it takes more than `limitBytes`.
 */
export function checkJson<Value>(
  operation: string,
  field: string,
  given: Value,
  limitBytes: number,
): CheckedJson<Value> {
  const walk = new Walk(operation, field, limitBytes);
  const value = readable(operation, field, () => walk.copy(given)) as Value;
  return { value, sizeBytes: walk.sizeBytes };
}

/** The same of an object, which is none of JSON's other kinds. */
export function checkJsonObject<Value extends object>(
  operation: string,
  field: string,
  given: Value,
  limitBytes: number,
): CheckedJson<Value> {
  readable(operation, field, () => {
    if (typeof given === 'object' && given !== null && !Array.isArray(given)) return;
    const reason = `must be an object; got ${kindOf(given)}`;
    throw sessionFaults.SESSION_REQUEST_INVALID({ operation, field, reason });
  });
  return checkJson(operation, field, given, limitBytes);
}

/** A getter, or a proxy, may throw whatever it likes. */
function readable<T>(operation: string, field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (sessionFaults.SESSION_REQUEST_INVALID.matches(error)) throw error;
    const reason = 'cannot be read, as it throws';
    throw sessionFaults.SESSION_REQUEST_INVALID({ operation, field, reason }, { cause: error });
  }
}

class Walk {
  readonly #operation: string;
  readonly #field: string;
  readonly #limitBytes: number;
  /** Of the objects in which it is now, outermost first. */
  readonly #names: string[] = [];
  #depth = 0;
  sizeBytes = 0;

  constructor(operation: string, field: string, limitBytes: number) {
    this.#operation = operation;
    this.#field = field;
    this.#limitBytes = limitBytes;
  }

  copy(given: unknown): unknown {
    switch (typeof given) {
      case 'string':
        this.#take(jsonTextBytes(given));
        return given;
      case 'number':
        if (!Number.isFinite(given)) return this.#refuse(`is ${given}, which JSON does not have`);
        this.#take(24);
        // JSON has no -0.
        return given + 0;
      case 'boolean':
        this.#take(5);
        return given;
      case 'object':
        if (given === null) {
          this.#take(4);
          return null;
        }
        return this.#deeper(given);
      default:
        return this.#refuse(`is of type ${typeof given}, which JSON does not have`);
    }
  }

  #deeper(given: object): object {
    if (this.#depth === MAX_DEPTH) this.#refuse(`stands deeper than ${MAX_DEPTH}`);
    this.#depth++;
    this.#take(2);
    const copy = Array.isArray(given) ? this.#array(given) : this.#object(given);
    this.#depth--;
    return Object.freeze(copy);
  }

  #array(given: readonly unknown[]): unknown[] {
    const copy: unknown[] = [];
    for (let i = 0; i < given.length; i++) {
      this.#take(1);
      copy.push(this.copy(given[i] === undefined ? null : given[i]));
    }
    return copy;
  }

  #object(given: object): Record<string, unknown> {
    if (!isPlain(given)) this.#refuse(`is ${kindOf(given)}, which JSON does not have`);
    const copy: Record<string, unknown> = {};
    for (const name of Object.keys(given)) {
      const value = (given as Record<string, unknown>)[name];
      if (value === undefined) continue;
      this.#names.push(name);
      if (name === '__proto__') this.#refuse('is a name that could get at an object’s prototype');
      this.#take(jsonTextBytes(name) + 2);
      copy[name] = this.copy(value);
      if (name === 'constructor' && isPlain(value) && Object.hasOwn(value, 'prototype')) {
        this.#refuse('has a prototype, and could get at an object’s');
      }
      this.#names.pop();
    }
    return copy;
  }

  #take(bytes: number): void {
    this.sizeBytes += bytes;
    if (this.sizeBytes <= this.#limitBytes) return;
    throw sessionFaults.SESSION_TOO_LARGE({
      operation: this.#operation,
      field: this.#field,
      limit: this.#limitBytes,
      got: this.sizeBytes,
      reason: `takes more than the ${this.#limitBytes} bytes that are allowed: store less, or keep it elsewhere and store where it is`,
    });
  }

  #refuse(reason: string): never {
    const field = [this.#field, ...this.#names.map((name) => name.slice(0, 40))].join('.');
    throw sessionFaults.SESSION_REQUEST_INVALID({ operation: this.#operation, field, reason });
  }
}

/** Freezes what was read from a store, which JSON has made, and all in it. */
export function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const name in value) frozen(value[name]);
  return Object.freeze(value);
}

/** How long it is as JSON, about: in UTF-16 units, and without what is escaped. */
export function roughLength(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 5;
  let length = 2;
  if (Array.isArray(value)) for (const one of value) length += roughLength(one) + 1;
  else
    for (const name in value)
      length += name.length + 4 + roughLength((value as Record<string, unknown>)[name]);
  return length;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return `of type ${typeof value}`;
  const name: unknown = value.constructor?.name;
  return `an instance of ${typeof name === 'string' && name !== '' ? name.slice(0, 40) : 'a class'}`;
}
